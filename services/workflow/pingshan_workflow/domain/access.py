"""Rules of who may do what."""

from pingshan_values.actor import Actor, ActorKind

from pingshan_workflow.domain.errors import CaseNotFound, NotAllowed, NotApplicant

OFFICER = "officer"
CLERK = "clerk"
OPERATOR = "operator"


def check_may_file_for(actor: Actor, applicant_code: str) -> None:
    """Admits a counter clerk for anybody, and any other person for a holder for whom that person may act.

    Raises NotApplicant.
    """
    if actor.kind is not ActorKind.PERSON or not (actor.has(CLERK) or applicant_code in actor.act_for):
        raise NotApplicant


def sees_every_case(actor: Actor) -> bool:
    """Returns True for staff who file, decide or watch, and for sibling services, which edges.yaml has let in."""
    if actor.kind is ActorKind.SERVICE:
        return True
    return actor.kind is ActorKind.PERSON and any(actor.has(role) for role in (OFFICER, CLERK, OPERATOR))


def visible_applicants(actor: Actor) -> frozenset[str] | None:
    """Returns the codes of the applicants whose cases the actor sees, None for all."""
    return None if sees_every_case(actor) else frozenset(actor.act_for)


def check_may_see_case(actor: Actor, case_id: str, applicant_code: str) -> None:
    """Raises CaseNotFound for an actor whom the case does not concern, as if it did not exist."""
    if not sees_every_case(actor) and not is_own_case(actor, applicant_code):
        raise CaseNotFound(case_id=case_id)


def is_own_case(actor: Actor, applicant_code: str) -> bool:
    """Returns True if the applicant is the actor or one for whom the actor acts; they see their own data unmasked."""
    return applicant_code in actor.act_for


def handles_cases(actor: Actor) -> bool:
    """Returns True for officers and clerks, who may unmask data and see who of the staff decided."""
    return actor.has(OFFICER) or actor.has(CLERK)


def check_may_reveal(actor: Actor) -> None:
    """Raises NotAllowed unless the actor is an officer or a clerk; applicants see their own data unmasked anyway."""
    if not handles_cases(actor):
        raise NotAllowed


def check_may_resume(actor: Actor) -> None:
    """Raises NotAllowed unless the actor is an operator, who decides what becomes of a case that cannot go on."""
    if actor.kind is not ActorKind.PERSON or not actor.has(OPERATOR):
        raise NotAllowed


def inbox_organisation(actor: Actor) -> str:
    """Returns the organisation whose tasks stand in the actor's inbox. Raises NotAllowed for all but officers."""
    if not actor.has(OFFICER) or not actor.organisation:
        raise NotAllowed
    return actor.organisation


def is_own_application(actor: Actor, *, filed_by: str, applicant_code: str) -> bool:
    """Returns True if the actor filed the case or acts for its applicant; such a person decides none of its tasks."""
    return actor.id == filed_by or is_own_case(actor, applicant_code)


def may_decide(actor: Actor, organisation: str, post: str) -> bool:
    """Returns True for an officer of the organisation who holds the post."""
    return (
        actor.kind is ActorKind.PERSON
        and actor.has(OFFICER)
        and actor.organisation == organisation
        and post in actor.posts
    )
