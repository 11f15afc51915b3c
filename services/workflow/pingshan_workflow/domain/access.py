"""Who may do what, as pure functions."""

from pingshan_values.actor import Actor, ActorKind

OFFICER = "officer"
CLERK = "clerk"
OPERATOR = "operator"


def may_file_for(actor: Actor, applicant_code: str) -> bool:
    """A counter clerk for anybody; a person of the public realm for a holder that they may act for."""
    return actor.kind is ActorKind.PERSON and (actor.has(CLERK) or applicant_code in actor.act_for)


def sees_every_case(actor: Actor) -> bool:
    """Staff who file, decide or watch; and sibling services, which edges.yaml has let in, speaking for themselves."""
    if actor.kind is ActorKind.SERVICE:
        return True
    return actor.kind is ActorKind.PERSON and any(actor.has(role) for role in (OFFICER, CLERK, OPERATOR))


def may_see_case(actor: Actor, applicant_code: str) -> bool:
    return sees_every_case(actor) or applicant_code in actor.act_for


def may_decide(actor: Actor, organisation: str, post: str) -> bool:
    """An officer of that organisation who holds that post."""
    return (
        actor.kind is ActorKind.PERSON
        and actor.has(OFFICER)
        and actor.organisation == organisation
        and post in actor.posts
    )
