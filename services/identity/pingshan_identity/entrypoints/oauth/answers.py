"""Takes an answer to a client's redirect URI: by a redirect, or by a form (OAuth 2.0 Form Post Response Mode)."""

from pingshan_kit.http.security import content_security_policy
from pingshan_kit.site import site_of
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingshan_identity.domain.clients.redirect_uri import form_targets, origin_of
from pingshan_identity.domain.oauth.authorization import ResponseMode
from pingshan_identity.usecases.oauth.authorization_outcomes import BackToClient


def to_client(request: Request, answer: BackToClient) -> Response:
    """Returns the redirect to the client, or the page whose form leads there and to no page of ours."""
    if answer.mode is ResponseMode.QUERY:
        return RedirectResponse(answer.location, 303)
    targets = form_targets(origin_of(answer.redirect_uri))
    policy = content_security_policy(site_of(request).settings, {}, instead={"form-action": targets})
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        # A form that comes from `same-origin` has `Origin: null` elsewhere, which systems refuse; the address, with
        # what was asked for, stays here either way.
        "Referrer-Policy": "strict-origin",
    }
    return render(request, "oauth/form_post.html", headers=headers, answer=answer)
