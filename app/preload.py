"""Tells a browser with the page itself which scripts of ours it will need.

Without it the browser hears of them only once Streamlit's own scripts have run, and the page's
script on the server has: it then fetches them in rounds while somebody waits for the first picture.
"""

from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.live import modules, version

# The other labs' views are built on its modules, and the header must stay below the 4 kB that a
# proxy may allow for all headers together.
ENTRY = "live"


@cache
def links() -> str:
    """Return the value of the header `Link`: the live view's modules.

    Their addresses are relative, as a page may stand below a prefix of its host. Streamlit's own
    scripts come first: ours have nothing to do before them. The style is not named: a browser
    complains of one that a page without views leaves unused.
    """
    return ", ".join(
        f"<app/static/live/{name}?v={version()}>; rel=modulepreload; fetchpriority=low"
        for name in modules(ENTRY)
    )


class _PreloadMiddleware:
    """Adds the links to every page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", links())
            await send(message)

        await self._app(scope, receive, send_with_links if scope["type"] == "http" else send)


def preload_middleware() -> Middleware:
    """Return the middleware that names the scripts."""
    return Middleware(_PreloadMiddleware)
