"""The form with which administrators connect a system or change one, as a browser sends it."""

from typing import Any
from urllib.parse import urlsplit

from pingshan_values import strict_json
from starlette.datastructures import FormData

from pingshan_identity.entrypoints.admin_forms import lines, number

_LONGEST_KEYS = 20_000


def settings_of(form: FormData, client_id: str) -> dict[str, Any]:
    """Returns the settings of the form, as a proposal keeps them, without those of which it has no field."""
    redirects = lines(form, "redirect_uris")
    return _proof(form) | {
        "client_id": client_id,
        "name_zh": str(form.get("name_zh", "")).strip()[:200],
        "name_en": str(form.get("name_en", "")).strip()[:200],
        "owner": str(form.get("owner", ""))[:100],
        "application_type": "native" if _is_native(form) else "web",
        "redirect_uris": redirects,
        "post_logout_redirect_uris": lines(form, "post_logout_redirect_uris"),
        "backchannel_logout_uri": str(form.get("backchannel_logout_uri", "")).strip()[:500] or None,
        "required_level": number(form, "required_level"),
        "open_to": _open_to(form),
        "launch_uri": str(form.get("launch_uri", "")).strip()[:500] or _root(redirects),
    }


def _open_to(form: FormData) -> list[str] | None:
    """Returns the organisations that the system is open to, none where the form says "not yet"; None where it says
    neither or both: nobody finds out afterwards that a system is open to nobody.
    """
    chosen = [str(code)[:100] for code in form.getlist("open_to")]
    return chosen if bool(chosen) != ("open_to_nobody" in form) else None


def _proof(form: FormData) -> dict[str, Any]:
    """Returns how the system proves itself, what is asked of it, and what it may ask for."""
    found: dict[str, Any] = {name: str(form[name])[:40] for name in ("profile", "id_token_alg") if name in form}
    if "auth_method" in form or _is_native(form):
        found["auth_method"] = "none" if _is_native(form) else str(form["auth_method"])[:40]
    if "scopes" in form:
        found["scopes"] = [str(scope)[:40] for scope in form.getlist("scopes")]
    if "jwks" in form:
        found["jwks"] = _keys(str(form["jwks"]).strip()[:_LONGEST_KEYS])
        found["jwks_uri"] = str(form.get("jwks_uri", "")).strip()[:500] or None
    return found


def _is_native(form: FormData) -> bool:
    return form.get("application_type") == "native"


def _keys(text: str) -> Any:
    """Returns the pasted JSON, None for nothing, and what is no JSON as it is: the domain refuses that."""
    try:
        return strict_json.loads(text.encode()) if text else None
    except ValueError:
        return text


def _root(redirects: list[str]) -> str | None:
    """Returns the origin of the first redirect URI, the launch address where none is given; None for none."""
    parts = urlsplit(redirects[0]) if redirects else None
    return f"{parts.scheme}://{parts.netloc}/" if parts and parts.scheme in {"http", "https"} and parts.netloc else None
