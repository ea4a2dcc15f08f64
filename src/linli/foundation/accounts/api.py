"""Signing in and oneself."""

from __future__ import annotations

from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from linli.foundation.accounts import sign_in
from linli.foundation.accounts.http import ActorRequest
from linli.foundation.accounts.models import Account
from linli.foundation.accounts.queries import actor_of
from linli.foundation.errors import Invalid

router = Router(tags=["accounts"])


class CodeIn(Schema):
    phone: str = Field(max_length=32, description="mainland mobile number")


class CodeSent(Schema):
    seconds: int = Field(description="how long a code lives")


class SignIn(Schema):
    """Either ``phone`` and ``code``, or ``username`` and ``password`` (with ``totp`` where one is set up)."""

    phone: str = Field("", max_length=32)
    code: str = Field("", max_length=12)
    username: str = Field("", max_length=64)
    password: str = Field("", max_length=256)
    totp: str = Field("", max_length=12)


class HeldOut(Schema):
    role: str
    grid_id: int | None
    building_id: int | None


class AccountOut(Schema):
    id: int
    name: str
    community: str | None = Field(description="code of the community; null for a street office")
    community_id: int | None
    roles: list[HeldOut]
    resident_id: int | None = Field(description="the account's own entry in the registry")
    principal_ids: list[int] = Field(description="residents whom the account may act for")
    theme: str
    language: str


class SignedIn(Schema):
    token: str = Field(description="send as Authorization: Bearer …; shown once")
    account: AccountOut


def _account_out(account: Account) -> dict:
    actor = actor_of(account)
    return {
        "id": account.pk,
        "name": account.display_name,
        "community": account.community.code if account.community else None,
        "community_id": account.community_id,
        "roles": [vars(held) for held in actor.held],
        "resident_id": account.resident_id,
        "principal_ids": sorted(actor.principal_ids),
        "theme": account.theme,
        "language": account.language,
    }


@router.post("/sign-in/code", response=CodeSent, auth=None, summary="Send a one-time code to a phone")
def send_code(request: ActorRequest, body: CodeIn):
    """The answer is the same whether or not the number is registered."""
    sign_in.send_code(request, body.phone)
    return {"seconds": int(sign_in.CODE_LIVES.total_seconds())}


@router.post("/sign-in", response=SignedIn, auth=None, summary="Sign in for a bearer token")
def sign_in_for_token(request: ActorRequest, body: SignIn):
    if body.phone:
        account = sign_in.with_code(request, body.phone, body.code)
    elif body.username:
        account = sign_in.with_password(request, body.username, body.password)
    else:
        raise Invalid(_("请填手机号和验证码，或账号和密码。"), code="phone_or_username", field="phone")
    return {"token": sign_in.token_for(request, account, body.totp), "account": _account_out(account)}


@router.post("/sign-out", response={204: None}, summary="Revoke the bearer token of this request")
def sign_out(request: ActorRequest):
    if request.by_token:
        sign_in.revoke_token(request.headers["Authorization"].partition(" ")[2].strip())
    return 204, None


@router.get("/me", response=AccountOut, summary="The signed-in account")
def me(request: ActorRequest):
    return _account_out(request.user)
