"""Links: unguessable, of one kind, and dead once they are revoked."""

import pytest

from rdfia_core.errors import LimitError, ShareNotFoundError
from rdfia_core.store import RunStore, share_store
from rdfia_core.store.share_store import DEAD_LINK, LESSON, WATCH, ShareStore


@pytest.fixture
def shares(store: RunStore) -> ShareStore:
    return ShareStore(store)


def test_a_link_gives_back_what_it_was_made_of(shares: ShareStore) -> None:
    share_id = shares.create("ada", WATCH, {"runs": ["a", "b"], "view": "live"})
    share = shares.share(share_id, WATCH)
    assert (share.owner, share.kind) == ("ada", WATCH)
    assert share.content == {"runs": ["a", "b"], "view": "live"}


def test_an_id_holds_128_random_bits(shares: ShareStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def token(num_bytes: int) -> str:
        asked.append(num_bytes)
        return f"{len(asked):032x}"

    monkeypatch.setattr(share_store.secrets, "token_hex", token)
    shares.create("ada", WATCH, {})
    assert asked == [16]


def message_of(shares: ShareStore, share_id: str, kind: str = WATCH) -> str:
    with pytest.raises(ShareNotFoundError) as caught:
        shares.share(share_id, kind)
    return str(caught.value)


def test_revoked_garbled_and_unknown_links_say_the_same(shares: ShareStore) -> None:
    share_id = shares.create("ada", WATCH, {"runs": []})
    assert shares.revoke(share_id, "ada")
    garbled = [share_id[:-1], share_id.upper() + "!", "", "../secret", "0" * 32, "%' OR 1=1 --"]
    assert {message_of(shares, word) for word in [share_id, *garbled]} == {DEAD_LINK}


def test_a_link_of_another_kind_is_none(shares: ShareStore) -> None:
    share_id = shares.create("ada", LESSON, {})
    assert message_of(shares, share_id, WATCH) == DEAD_LINK


def test_only_its_owner_revokes_a_link(shares: ShareStore) -> None:
    share_id = shares.create("ada", WATCH, {})
    assert not shares.revoke(share_id, "bob")
    assert shares.share(share_id, WATCH).id == share_id


def test_a_link_is_revoked_once_and_its_content_forgotten(
    shares: ShareStore, store: RunStore
) -> None:
    share_id = shares.create("ada", WATCH, {"runs": ["a"]})
    assert shares.revoke(share_id, "ada")
    assert not shares.revoke(share_id, "ada")
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT content FROM share").scalar_one() == "{}"


def test_ones_links_are_listed_newest_first_without_revoked_and_others(store: RunStore) -> None:
    times = iter(range(10))
    shares = ShareStore(store, clock=lambda: float(next(times)))
    first, gone, last = (shares.create("ada", WATCH, {"n": n}) for n in range(3))
    shares.create("bob", WATCH, {})
    shares.create("ada", LESSON, {})
    shares.revoke(gone, "ada")
    assert [share.id for share in shares.of_owner("ada", WATCH)] == [last, first]


def test_an_owner_cannot_make_links_without_end(
    shares: ShareStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_store, "MAX_SHARES_PER_OWNER", 2)
    ids = [shares.create("ada", WATCH, {}) for _ in range(2)]
    with pytest.raises(LimitError, match="You have 2 links that work, and 2 are allowed"):
        shares.create("ada", WATCH, {})
    shares.create("bob", WATCH, {})
    shares.revoke(ids[0], "ada")
    shares.create("ada", WATCH, {})
