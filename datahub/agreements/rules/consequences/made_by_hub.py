"""The agreements that the hub itself makes of others: GENERAL_SERVICE and BORDER_SUPPLY.

What is due at a point follows from the agreements that stand there and from those between parties; nothing is
remembered of how it came about.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from datahub.agreements.facts import AgreementFact
from datahub.agreements.rules.consequences.effects import Effect, caused
from datahub.agreements.rules.parties import SUPPLIED_OWNER_ROLES
from datahub.market import AgreementType, Role
from datahub.periods import common, cut, without


def due_general_services(
    standing: Iterable[AgreementFact], named: Iterable[AgreementFact], *, now: datetime
) -> list[AgreementFact]:
    """Give one GENERAL_SERVICE for each maximal part of a point's GRID agreements that no SUPPLY covers.

    It is cut where a NAMED_SUPPLIER agreement of the operator (in `named`) starts or ends; the named supplier there
    provides it, else the operator. One that has not started is quiet. Only points of a grid operator or closed
    distribution network have any.
    """
    standing = list(standing)
    supplies = [a.period for a in standing if a.type == AgreementType.SUPPLY]
    due = []
    for grid in standing:
        if grid.type != AgreementType.GRID or grid.service_provider_role not in SUPPLIED_OWNER_ROLES:
            continue
        suppliers = [
            a
            for a in named
            if a.type == AgreementType.NAMED_SUPPLIER
            and (a.customer_eic, a.commodity) == (grid.service_provider_eic, grid.commodity)
        ]
        for part in without(grid.period, supplies):
            for piece in cut(part, (a.period for a in suppliers)):
                supplier = next((a for a in suppliers if a.period.covers(piece)), None)
                due.append(
                    replace(
                        grid,
                        id=0,
                        type=AgreementType.GENERAL_SERVICE,
                        agreement_id="",
                        service_provider_eic=supplier.service_provider_eic if supplier else grid.service_provider_eic,
                        service_provider_role=Role.OPEN_SUPPLIER if supplier else grid.service_provider_role,
                        valid_from=piece.start,
                        valid_to=piece.end,
                        original_valid_to=piece.end,
                        quiet=piece.start > now,
                    )
                )
    return due


def due_border_supplies(standing: Iterable[AgreementFact], portfolios: Iterable[AgreementFact]) -> list[AgreementFact]:
    """Give a BORDER_SUPPLY for what each BORDER_GRID shares with each PORTFOLIO_SUPPLIER agreement of its customer."""
    return [
        replace(
            border,
            id=0,
            type=AgreementType.BORDER_SUPPLY,
            agreement_id="",
            service_provider_eic=portfolio.service_provider_eic,
            service_provider_role=portfolio.service_provider_role,
            valid_from=shared.start,
            valid_to=shared.end,
            original_valid_to=shared.end,
        )
        for border in standing
        if border.type == AgreementType.BORDER_GRID
        for portfolio in portfolios
        if portfolio.type == AgreementType.PORTFOLIO_SUPPLIER
        and (portfolio.customer_eic, portfolio.commodity) == (border.customer_eic, border.commodity)
        and (shared := common(border.period, portfolio.period))
    ]


def general_services_anew(
    standing: Sequence[AgreementFact], named: Sequence[AgreementFact], *, by: str, now: datetime
) -> list[Effect]:
    """Give the effects that make a point's general service what is due: deletes, then creates, never an update."""
    due = {_identity(a): a for a in due_general_services(standing, named, now=now)}
    deletes = []
    for old in standing:
        if old.type == AgreementType.GENERAL_SERVICE and due.pop(_identity(old), None) is None:
            deletes.append(caused(old, None, by=by))
    return [*deletes, *(caused(None, new, by=by) for new in due.values())]


def _identity(agreement: AgreementFact) -> tuple[object, ...]:
    parties = agreement.service_provider_eic, agreement.service_provider_role, agreement.customer_eic
    return (*parties, agreement.customer_role, agreement.period)


def border_supplies_anew(
    standing: Sequence[AgreementFact], portfolios: Sequence[AgreementFact], *, by: str
) -> list[Effect]:
    """Give the effects that make a point's BORDER_SUPPLY agreements what is due: one that still starts so is moved."""
    due = {_start(a): a for a in due_border_supplies(standing, portfolios)}
    deletes, updates = [], []
    for old in standing:
        if old.type != AgreementType.BORDER_SUPPLY:
            continue
        new = due.pop(_start(old), None)
        if new is None:
            deletes.append(caused(old, None, by=by))
        elif new.valid_to != old.valid_to:
            moved = replace(old, valid_to=new.valid_to, original_valid_to=new.valid_to)
            updates.append(caused(old, moved, by=by))
    return [*deletes, *updates, *(caused(None, new, by=by) for new in due.values())]


def _start(agreement: AgreementFact) -> tuple[object, ...]:
    parties = agreement.service_provider_eic, agreement.service_provider_role, agreement.customer_eic
    return (*parties, agreement.customer_role, agreement.valid_from)
