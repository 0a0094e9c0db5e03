"""The scripts that a page names before its own script has run."""

import re

from starlette.testclient import TestClient

from app.live import SCRIPTS, modules, version
from app.preload import links

PROXY_BYTES = 4096  # what nginx allows for all the headers of an answer, where it allows least
OTHER_HEADERS_BYTES = 1000


def test_a_page_names_all_that_the_live_view_fetches(client: TestClient) -> None:
    named = re.findall(r"<app/static/live/([\w.]+)\?v=(\w+)>", client.get("/").headers["link"])
    assert [name for name, _ in named] == modules("live")
    assert {word for _, word in named} == {version()}
    assert all((SCRIPTS / name).is_file() for name, _ in named)


def test_only_pages_name_them(client: TestClient) -> None:
    assert "link" not in client.get("/data").headers


def test_the_header_passes_a_proxy() -> None:
    assert len(links()) < PROXY_BYTES - OTHER_HEADERS_BYTES
