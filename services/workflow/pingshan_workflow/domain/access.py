"""Who may do what, as pure functions."""

from pingshan_values.actor import Actor, ActorKind

from pingshan_workflow.domain.errors import CaseNotFound, NotAllowed, NotApplicant

OFFICER = "officer"
CLERK = "clerk"
OPERATOR = "operator"


def check_may_file_for(actor: Actor, applicant_code: str) -> None:
    """A counter clerk for anybody; a person of the public realm for a holder that they may act for.

    Raises NotApplicant.
    """
    if actor.kind is not ActorKind.PERSON or not (actor.has(CLERK) or applicant_code in actor.act_for):
        raise NotApplicant


def sees_every_case(actor: Actor) -> bool:
    """Staff who file, decide or watch; and sibling services, which edges.yaml has let in, speaking for themselves."""
    if actor.kind is ActorKind.SERVICE:
        return True
    return actor.kind is ActorKind.PERSON and any(actor.has(role) for role in (OFFICER, CLERK, OPERATOR))


def visible_applicants(actor: Actor) -> frozenset[str] | None:
    """Codes of the applicants whose cases the actor sees; None for everybody's."""
    return None if sees_every_case(actor) else frozenset(actor.act_for)


def check_may_see_case(actor: Actor, case_id: str, applicant_code: str) -> None:
    """Raises CaseNotFound: that a case exists is not told to whom it does not concern."""
    if not sees_every_case(actor) and not is_own_case(actor, applicant_code):
        raise CaseNotFound(case_id=case_id)


def is_own_case(actor: Actor, applicant_code: str) -> bool:
    """Whether it is about the actor, or about whom they act for: they see their own data unmasked."""
    return applicant_code in actor.act_for


def handles_cases(actor: Actor) -> bool:
    """Officers and clerks: they may look behind the mask, and see who of the staff decided."""
    return actor.has(OFFICER) or actor.has(CLERK)


def check_may_reveal(actor: Actor) -> None:
    """Raises NotAllowed for others than officers and clerks; applicants see their own unmasked anyway."""
    if not handles_cases(actor):
        raise NotAllowed


def inbox_organisation(actor: Actor) -> str:
    """The organisation whose tasks the actor may find in an inbox. Raises NotAllowed for others than officers."""
    if not actor.has(OFFICER) or not actor.organisation:
        raise NotAllowed
    return actor.organisation


def may_decide(actor: Actor, organisation: str, post: str) -> bool:
    """An officer of that organisation who holds that post."""
    return (
        actor.kind is ActorKind.PERSON
        and actor.has(OFFICER)
        and actor.organisation == organisation
        and post in actor.posts
    )
