"""Retention: for how long wifi-portal keeps rows that have served their time."""

from datetime import timedelta

from pingshan_kit.storage.housekeeping import Kept
from sqlalchemy import exists

from pingshan_wifi_portal.store.tables import (
    code_limit,
    login_token,
    radius_drop,
    sign_in,
    usage,
    visitor,
    wifi_session,
)

KEPT = timedelta(days=184)
"""The longest six months of a calendar: the Cybersecurity Law (article 21) asks for six months or more, and the captive
page promises visitors no more than six."""

_sign_in_used = exists().where(login_token.c.sign_in_id == sign_in.c.sign_in_id) | exists().where(
    wifi_session.c.sign_in_id == sign_in.c.sign_in_id
)
_visitor_known = (
    exists().where(login_token.c.visitor_id == visitor.c.visitor_id)
    | exists().where(wifi_session.c.visitor_id == visitor.c.visitor_id)
    | exists().where(usage.c.visitor_id == visitor.c.visitor_id)
)

RETENTION = (
    Kept(code_limit, "attempted_at", timedelta(days=1)),
    Kept(login_token, "expires_at", KEPT),
    Kept(wifi_session, "ended_at", KEPT),
    Kept(sign_in, "sent_at", KEPT, where=~_sign_in_used),
    Kept(usage, "day", KEPT),
    Kept(visitor, "created_at", KEPT, where=~_visitor_known),
    Kept(radius_drop, "day", KEPT),
)
