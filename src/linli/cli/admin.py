"""``linli admin``: what an operator does at the machine."""

from __future__ import annotations

import json
import secrets
import signal
import string
from pathlib import Path
from threading import Event
from typing import Annotated, NoReturn

import typer

from linli.cli.admin_audit import audit_proof, verify_audit
from linli.cli.admin_keys import rotate_keys
from linli.cli.admin_readings import import_readings
from linli.cli.admin_recovery import recovery_key
from linli.cli.admin_reindex import reindex
from linli.cli.admin_retention import find_traces, retention
from linli.cli.admin_retrain import retrain_models

admin = typer.Typer(no_args_is_help=True, help="Set up and look after an instance.")
admin.command()(verify_audit)
admin.command("retrain")(retrain_models)
admin.command()(audit_proof)
admin.command()(retention)
admin.command()(find_traces)
admin.command()(reindex)
admin.command()(rotate_keys)
admin.command()(recovery_key)
admin.command()(import_readings)

Home = Annotated[Path | None, typer.Option(help="where Linli keeps its state")]
PASSWORD_LETTERS = "".join(c for c in string.ascii_letters + string.digits if c not in "0O1lI")
PASSWORD_LENGTH = 20


@admin.command()
def migrate(home: Home = None) -> None:
    """Bring the database to this version; safe to run again."""
    _set_up(home)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    call_command("createcachetable", verbosity=0)


@admin.command()
def create_community(
    code: Annotated[str, typer.Argument(help="short and permanent: letters, digits, hyphens; part of device topics")],
    name: Annotated[str, typer.Argument(help="as on the sign at the door")],
    phone: Annotated[str, typer.Option(help="the service number printed on every page")],
    phone_hours: Annotated[str, typer.Option(help="when somebody answers it")] = "8:00–20:00",
    street: Annotated[
        str | None, typer.Option(help="street office as CODE:NAME, 9 digits by GB/T 2260 and 10114")
    ] = None,
    home: Home = None,
) -> None:
    """Make a community; its registry is imported afterwards."""
    _set_up(home)
    from django.core.exceptions import ValidationError

    from linli.foundation.registry.models import Community, Street

    if Community.objects.filter(code=code).exists():
        _fail(f"a community with the code {code} exists already")
    community = Community(code=code, name=name, phone=phone, phone_hours=phone_hours)
    try:
        if street:
            street_code, _, street_name = street.partition(":")
            community.street, _ = Street.objects.get_or_create(code=street_code, defaults={"name": street_name})
        community.full_clean()
    except ValidationError as error:
        _fail("; ".join(f"{field}: {' '.join(words)}" for field, words in error.message_dict.items()))
    community.save()
    typer.echo(f"made community {code} (number {community.pk})")


@admin.command()
def create_director(
    community: Annotated[str, typer.Argument(help="code of the community")],
    username: Annotated[str, typer.Argument(help="what they type to sign in")],
    name: Annotated[str, typer.Argument(help="how pages address them")],
    home: Home = None,
) -> None:
    """Open a director's account and print its password, once; a second factor is asked for at the first sign-in."""
    _open_account(home, community, username, name, role="community_director")


@admin.command()
def create_account(
    community: Annotated[str, typer.Argument(help="code of the community")],
    username: Annotated[str, typer.Argument(help="what they type to sign in")],
    name: Annotated[str, typer.Argument(help="how pages address them")],
    role: Annotated[str, typer.Option(help="community_worker, grid_lead, grid_worker, auditor, wall_display, …")],
    grid: Annotated[int | None, typer.Option(help="number of the grid, for grid staff")] = None,
    home: Home = None,
) -> None:
    """Open the account of somebody who works here and print its password, once; the role lasts twelve months."""
    _open_account(home, community, username, name, role=role, grid=grid)


@admin.command()
def reset_password(
    username: Annotated[str, typer.Argument(help="what they type to sign in")],
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="forget the second factor too: their telephone is gone")
    ] = False,
    home: Home = None,
) -> None:
    """Give an account a new password, printed once, and sign it out everywhere. Know who is asking first."""
    _set_up(home)
    from linli.foundation.accounts import actions
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.accounts.models import Account

    account = Account.objects.filter(username=username).first()
    if account is None:
        _fail(f"there is no account {username}")
    password = _new_password()
    actor = Actor.for_system("admin", account.community_id)
    actions.reset_password(account, password, forget_second_factor=second_factor, actor=actor)
    _print_once(username, password)


@admin.command()
def origin(
    code: Annotated[str, typer.Argument(help="the community's code")],
    latitude: Annotated[
        float, typer.Argument(help="degrees north (WGS 84) of the point (0, 0) of its map", min=-90, max=90)
    ],
    longitude: Annotated[float, typer.Argument(help="degrees east", min=-180, max=180)],
    home: Home = None,
) -> None:
    """Say where on Earth a community's map begins, so that a photo's place can be found on it."""
    _set_up(home)
    from linli.foundation.registry.models import Community

    if not Community.objects.filter(code=code).update(origin_latitude=latitude, origin_longitude=longitude):
        _fail(f"there is no community with the code {code}")
    typer.echo(f"the map of {code} begins at {latitude}, {longitude}")


@admin.command()
def surroundings(
    community: Annotated[str, typer.Argument(help="code of the community")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="GeoJSON FeatureCollection, metres")],
    home: Home = None,
) -> None:
    """Replace the water, green and roads that the map draws around the buildings."""
    _set_up(home)
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.errors import Refusal
    from linli.foundation.registry.actions import set_surroundings
    from linli.foundation.tenancy import community_scope

    place = _community(community)
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        _fail(f"{file} is not JSON: {error}")
    try:
        with community_scope(place):
            count = set_surroundings(given, actor=Actor.for_system("admin", place.pk))
    except Refusal as refusal:
        _fail(str(refusal))
    typer.echo(f"{count} features")


@admin.command()
def message_server(
    nats_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes the last one, or a free one")] = 4222,
    mqtt_port: Annotated[int, typer.Option(min=0, max=65535, help="where devices connect")] = 1883,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    home: Home = None,
) -> None:
    """Run the message server in the foreground until stopped; exit code 1 when it ends by itself."""
    _set_up(home)
    from django.conf import settings

    from linli.sense.telemetry.broker import Broker, BrokerFailed

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Broker(settings.LINLI_HOME, nats_port=nats_port, mqtt_port=mqtt_port, host=host) as broker:
            typer.echo(f"NATS {host}:{broker.nats_port}, MQTT {host}:{broker.mqtt_port}", err=True)
            while broker.alive and not stop.wait(1):
                if unstuck := broker.unstick():
                    typer.echo(unstuck, err=True)
            if not stop.is_set():
                _fail(f"the message server ended by itself: see {broker.log}")
    except BrokerFailed as error:
        _fail(str(error))


def _open_account(
    home: Path | None, community: str, username: str, name: str, *, role: str, grid: int | None = None
) -> None:
    _set_up(home)
    from linli.foundation.accounts.actions import NOT_GRANTED, open_staff_account
    from linli.foundation.accounts.actor import Actor
    from linli.foundation.accounts.roles import Role
    from linli.foundation.errors import Refusal
    from linli.foundation.registry.models import Grid
    from linli.foundation.tenancy import community_scope

    place = _community(community)
    given = sorted(set(Role.values) - NOT_GRANTED)
    if role not in given:
        _fail(f"there is no role {role}; there are: {', '.join(given)}")
    password = _new_password()
    with community_scope(place):
        where = Grid.objects.filter(number=grid).first() if grid is not None else None
        if grid is not None and where is None:
            _fail(f"there is no grid {grid} in {community}: import the registry first")
        try:
            open_staff_account(
                username,
                password,
                display_name=name,
                community=place,
                role=Role(role),
                grid=where,
                actor=Actor.for_system("admin", place.pk),
            )
        except Refusal as refusal:
            _fail(str(refusal))
    _print_once(username, password)


def _new_password() -> str:
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(PASSWORD_LENGTH))


def _print_once(username: str, password: str) -> None:
    typer.echo(f"username: {username}\npassword: {password}")
    typer.echo("The password is not kept anywhere in the clear: write it down now.", err=True)


def _set_up(home: Path | None) -> None:
    from linli.cli.runtime import set_up

    set_up(home=home)


def _community(code: str):
    from linli.foundation.registry.models import Community

    found = Community.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Community.objects.order_by("code").values_list("code", flat=True)[:20]) or "none yet"
        _fail(f"there is no community {code}; known: {known}")
    return found


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
