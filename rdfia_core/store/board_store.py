"""Class boards: who joined under which name, and the best run of each within the rules.

Long because the rules of a board stand beside the query that ranks by them.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from rdfia_core.config import ExperimentConfig, field_spec
from rdfia_core.errors import BoardNotFoundError, ConfigError, LimitError
from rdfia_core.experiments import experiment_named
from rdfia_core.store import schema
from rdfia_core.store.aliases import draw_alias
from rdfia_core.store.records import TERMINAL_STATES, RunState
from rdfia_core.store.run_store import RunStore

boards = schema.board_table
members = schema.member_table
runs = schema.run_table

LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""Of a code: nothing that is mistaken for another when read aloud, no vowels to make words of."""
CODE_LENGTH = 6
METRICS = {"test_accuracy": "Test accuracy", "val_accuracy": "Validation accuracy"}
MAX_TITLE = 80
MAX_BOARDS_PER_OWNER = 50
MAX_MEMBERS = 500
NO_BOARD = (
    "There is no class board of this code that you have joined. Check its six letters and digits "
    "with your teacher, and join it on the page Class board."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a teacher has set.

    Args:
        experiment: The lab's name.
        title: One line.
        values: What everybody's form starts with.
        fixed: Names of the settings that must stay so.
        epochs: The most epochs that a run may have.
        metric: One of METRICS; more is better.
        shows_names: Whether the names of the others are seen.
    """

    experiment: str
    title: str
    values: Mapping[str, Any]
    fixed: Sequence[str]
    epochs: int
    metric: str
    shows_names: bool = True


@dataclass(frozen=True, slots=True)
class Board:
    """One board: its code, its teacher, what was planned, and when it was closed, or None."""

    code: str
    owner: str
    plan: Plan
    closed: float | None

    def check(self, config: ExperimentConfig) -> None:
        """Raise what is wrong with a config for this board.

        Raises:
            ConfigError: If it breaks a rule; the sentence says which.
        """
        values = config.model_dump()
        plan = self.plan
        if values["epochs"] > plan.epochs:
            raise ConfigError(
                f"This class board allows at most {plan.epochs} epochs. Got {values['epochs']}: "
                "set Epochs lower.",
                "epochs",
            )
        for name in plan.fixed:
            if name in values and values[name] != plan.values.get(name):
                spec = field_spec(type(config), name)
                raise ConfigError(
                    f"This class board fixes '{spec.label}' at {plan.values.get(name)}. "
                    f"Got {values[name]}.",
                    name,
                )
        for name, value in values.items():
            # What another run has learned would be epochs beyond the budget.
            if str(value).startswith("run:") and name not in plan.fixed:
                raise ConfigError(
                    f"Runs for a class board start from nothing: '{name}' cannot name another "
                    f"run. Got {value}.",
                    name,
                )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one member stands.

    Args:
        owner: Who it is; it never leaves the server.
        alias: The name on the board.
        attempts: How many of their runs for the board have ended.
        run_id: Of the best one, "" while there is none.
        value: Its metric, None while there is none.
        config: Its config.
    """

    owner: str
    alias: str
    attempts: int
    run_id: str
    value: float | None
    config: Mapping[str, Any]


class BoardStore:
    """The class boards of a deployment.

    Args:
        store: The run store; boards lie in the same database.
        clock: Seconds since 1970; tests replace it.
    """

    def __init__(self, store: RunStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def create(self, owner: str, plan: Plan) -> str:
        """Open a board and return its code.

        Raises:
            ConfigError: If something is missing or not allowed.
            LimitError: If the owner has too many boards.
        """
        plan = _checked(plan)
        content = {name: getattr(plan, name) for name in Plan.__slots__}
        values: dict[str, Any] = {
            "owner": owner,
            "title": plan.title,
            "experiment": plan.experiment,
        }
        values |= {"content": content, "created": self._clock()}
        with self._store.writing() as connection:
            mine = select(func.count()).select_from(boards).where(boards.c.owner == owner)
            if connection.execute(mine).scalar_one() >= MAX_BOARDS_PER_OWNER:
                raise LimitError(
                    f"You have {MAX_BOARDS_PER_OWNER} class boards, and more are not allowed. "
                    "Open a closed one again instead."
                )
            code = _new_code()
            while _found(connection, code) is not None:
                code = _new_code()
            connection.execute(boards.insert().values(values | {"code": code}))
        return code

    def board(self, code: str) -> Board:
        """Return a board.

        Raises:
            BoardNotFoundError: If there is none of that code.
        """
        with self._store.reading() as connection:
            row = _found(connection, tidy_code(code))
        if row is None:
            raise BoardNotFoundError(NO_BOARD)
        return _board(row)

    def of_owner(self, owner: str) -> list[Board]:
        """Return the boards that somebody opened, newest first."""
        query = select(boards).where(boards.c.owner == owner)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(boards.c.created.desc())).all()
        return [_board(row) for row in rows]

    def set_closed(self, code: str, owner: str, closed: bool) -> None:
        """Close a board of this owner for further runs, or open it again."""
        where = (boards.c.code == code) & (boards.c.owner == owner)
        values = {"closed": self._clock() if closed else None}
        with self._store.writing() as connection:
            connection.execute(boards.update().where(where).values(values))

    # Members

    def join(self, code: str, owner: str) -> str:
        """Make somebody a member, who stays what they are if they are one; return their alias.

        Raises:
            BoardNotFoundError: If there is no such board.
            LimitError: If it is full.
        """
        board = self.board(code)
        with self._store.writing() as connection:
            taken = _aliases(connection, board.code)
            if owner in taken:
                return taken[owner]
            if len(taken) >= MAX_MEMBERS:
                raise LimitError(f"This class board is full: it has {MAX_MEMBERS} members.")
            alias = draw_alias(set(taken.values()))
            values = {"code": board.code, "owner": owner, "alias": alias, "joined": self._clock()}
            connection.execute(members.insert().values(values))
        return alias

    def redraw(self, code: str, owner: str) -> str:
        """Give a member another alias and return it.

        Raises:
            BoardNotFoundError: If they are not a member.
        """
        with self._store.writing() as connection:
            taken = _aliases(connection, code)
            if owner not in taken:
                raise BoardNotFoundError(NO_BOARD)
            alias = draw_alias(set(taken.values()))
            where = (members.c.code == code) & (members.c.owner == owner)
            connection.execute(members.update().where(where).values({"alias": alias}))
        return alias

    def alias(self, code: str, owner: str) -> str:
        """Return a member's alias, "" for somebody who is none."""
        where = (members.c.code == code) & (members.c.owner == owner)
        with self._store.reading() as connection:
            return str(connection.execute(select(members.c.alias).where(where)).scalar() or "")

    def joined_by(self, owner: str) -> list[Board]:
        """Return the boards that somebody has joined, the last joined first."""
        query = select(boards).join(members).where(members.c.owner == owner)
        with self._store.reading() as connection:
            rows = connection.execute(query.order_by(members.c.joined.desc())).all()
        return [_board(row) for row in rows]

    # The board

    def standings(self, board: Board) -> list[Standing]:
        """Return every member with their best run, the best first: one query, however many."""
        value = runs.c.metrics[board.plan.metric].as_float()
        score = case((runs.c.state == str(RunState.COMPLETED), value), else_=None)
        best_first = (score.desc().nulls_last(), runs.c.created)
        ended = (
            select(
                runs.c.owner,
                runs.c.id,
                score.label("score"),
                func.count().over(partition_by=runs.c.owner).label("attempts"),
                func.row_number()
                .over(partition_by=runs.c.owner, order_by=best_first)
                .label("place"),
            )
            .where(
                runs.c.board == board.code,
                runs.c.deleted.is_(None),
                runs.c.state.in_([str(state) for state in TERMINAL_STATES]),
            )
            .subquery()
        )
        query = (
            select(members.c.owner.label("member"), members.c.alias, ended, runs.c.config)
            .outerjoin(ended, (ended.c.owner == members.c.owner) & (ended.c.place == 1))
            .outerjoin(runs, runs.c.id == ended.c.id)
            .where(members.c.code == board.code)
            .order_by(ended.c.score.desc().nulls_last(), members.c.joined)
        )
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return [_standing(row) for row in rows]


def tidy_code(text: str) -> str:
    """Return a code as it is stored, from what somebody typed."""
    return re.sub(r"[\s-]", "", text).upper()


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def _checked(plan: Plan) -> Plan:
    """Return a plan whose values are a whole config within its own budget."""
    if not 1 <= len(plan.title.strip()) <= MAX_TITLE:
        raise ConfigError(
            f"A class board must have a title of at most {MAX_TITLE} characters. "
            f"Got {len(plan.title.strip())}."
        )
    if plan.metric not in METRICS:
        raise ConfigError(f"The metric must be one of {', '.join(METRICS)}. Got {plan.metric!r}.")
    config_class = experiment_named(plan.experiment).config_class
    for name in plan.fixed:
        field_spec(config_class, name)
    budget = config_class.build({"epochs": plan.epochs}).epochs
    wanted = config_class.build(plan.values)
    values = {**wanted.model_dump(), "epochs": min(wanted.epochs, budget)}
    return replace(plan, values=config_class.build(values).model_dump(), epochs=budget)


def _found(connection: Connection, code: str) -> Row[Any] | None:
    return connection.execute(select(boards).where(boards.c.code == code)).first()


def _aliases(connection: Connection, code: str) -> dict[str, str]:
    query = select(members.c.owner, members.c.alias).where(members.c.code == code)
    return {row.owner: row.alias for row in connection.execute(query)}


def _board(row: Row[Any]) -> Board:
    return Board(row.code, row.owner, Plan(**row.content), row.closed)


def _standing(row: Row[Any]) -> Standing:
    has_result = row.score is not None
    return Standing(
        owner=row.member,
        alias=row.alias,
        attempts=row.attempts or 0,
        run_id=row.id if has_result else "",
        value=row.score,
        config=row.config if has_result else {},
    )
