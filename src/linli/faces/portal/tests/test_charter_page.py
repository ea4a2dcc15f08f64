"""What is published is what is enforced: the page is read back word by word and compared with the registry in force."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from linli.foundation import clock
from linli.foundation.accounts.roles import Role
from linli.foundation.privacy.charter import actions
from linli.foundation.privacy.charter.models import CharterVersion, Opinion
from linli.foundation.privacy.charter.register import shipped_document
from linli.foundation.privacy.charter.rules.document import digest, enforceable
from linli.foundation.privacy.charter.tests.changing import announced, in_force_after, shipped, tell_everybody
from linli.foundation.privacy.consents.actions import give_consent
from linli.foundation.privacy.purposes import FIELDS, in_force
from linli.foundation.privacy.words import (
    DEVICE_WORDS,
    FIELD_WORDS,
    GROUND_NAMES,
    SENSE_WORDS,
    law_in_words,
    months_in_words,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday_morning")]

VOID = {"meta", "link", "input", "br", "path", "circle", "rect", "line", "polyline"}


@dataclass
class Node:
    """An element of the page: what a person reads in it, and the attributes."""

    tag: str
    attrs: dict[str, str]
    children: list = field(default_factory=list)

    def find(self, **wanted):
        """Every element below that has these attributes; ``None`` for whatever value."""
        for child in self.children:
            if isinstance(child, Node):
                names = {name.replace("_", "-"): value for name, value in wanted.items()}
                if all(n in child.attrs and v in (None, child.attrs[n]) for n, v in names.items()):
                    yield child
                yield from child.find(**wanted)

    @property
    def text(self) -> str:
        parts = [child.text if isinstance(child, Node) else child for child in self.children]
        return re.sub(r"\s+", " ", "".join(parts)).strip()


class Reading(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag):
        if tag not in VOID:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data):
        self._open[-1].children.append(data)


def published(client, address, language="zh-hans"):
    """What the page says of each purpose, by what stands there to be read."""
    client.cookies["linli_language"] = language
    answer = client.get(address)
    assert answer.status_code == 200
    root = Reading(answer.content.decode()).root
    said = {}
    with translation.override(language):
        for article in root.find(data_purpose=None):
            said[article.attrs["data-purpose"]] = {
                "version": article.attrs["data-version"],
                "name": _one(article, data_part="name"),
                "words": _one(article, data_part="words"),
                "without": _one(article, data_part="without"),
                "alternative": "".join(node.text for node in article.find(data_part="alternative")),
                "fields": _known(article, "data-fields", FIELD_WORDS),
                "machine": _known(article, "data-machine", FIELD_WORDS),
                "senses": _known(article, "data-senses", SENSE_WORDS),
                "observes": _known(article, "data-observes", DEVICE_WORDS),
                "roles": {n.attrs["data-roles"] for n in article.find(data_roles=None)},
                "role_words": {n.text for n in article.find(data_roles=None)},
                "about": {key for n in article.find(data_about=None) for key in n.attrs["data-about"].split()},
                "minors": next(article.find(data_minors=None)).attrs["data-minors"] == "yes",
                "keep": _one(article, data_keep=None),
                "shared": [n.text for n in article.find(data_shared=None)],
                "ground": _one(article, data_ground=None),
            }
    return said


def _one(node, **wanted) -> str:
    (found,) = node.find(**wanted)
    return found.text


def _known(article, attribute, words):
    """The keys in the list, after checking that what a person reads beside each is the word for it."""
    found = set()
    for node in article.find(**{attribute.replace("-", "_"): None}):
        assert node.text == str(words[node.attrs[attribute]])
        found.add(node.attrs[attribute])
    return found


def enforced(language="zh-hans"):
    """The same of the registry in force."""
    with translation.override(language):
        return {
            key: {
                "version": one.version,
                "name": str(one.name),
                "words": str(one.words),
                "without": str(one.without),
                "alternative": str(one.alternative),
                "fields": set(one.fields),
                "machine": set(one.machine),
                "senses": set(one.senses),
                "observes": set(one.observes),
                "roles": {str(role) for role in one.roles},
                "role_words": {str(role.label) for role in one.roles},
                "about": set(one.about),
                "minors": one.minors,
                "keep": months_in_words(one.keep_months),
                "shared": [str(words) for words in one.shared_with],
            }
            for key, one in in_force().items()
        }


def same(said, holds):
    grounds = {key: purpose.pop("ground") for key, purpose in said.items()}
    assert said == holds
    return grounds


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_says_what_is_enforced_before_and_after_a_change(client, world, language):
    address = f"/charter/{world.community.code}/"
    with world.scope():
        same(published(client, address, language), enforced(language))
        new = shipped("care_round") | {"key": "summer_class", "fields": ["name"], "about": ["visit"]}
        in_force_after(
            world,
            {"key": "case_contact", "keep_months": 24, "fields": ["name"], "roles": ["grid_lead"]},
            {part: value for part, value in new.items() if part != "version"},
            removed=("joint_statistics",),
        )
        said = published(client, address, language)
        with translation.override(language):
            for key, words in same(said, enforced(language)).items():
                purpose = in_force()[key]
                assert str(GROUND_NAMES[purpose.ground]) in words
                assert law_in_words(purpose.law) in words
    assert "joint_statistics" not in said and said["case_contact"]["fields"] == {"name"}


def test_whatever_version_holds_the_page_says_the_same(client, world):
    """Any document: the page is drawn from what is enforced, so what cannot be enforced cannot be promised."""
    keys = [facts["key"] for facts in shipped_document()]

    @settings(max_examples=25)
    @given(
        gone=st.sets(st.sampled_from(keys), max_size=4),
        changed=st.sampled_from(keys),
        fields=st.sets(st.sampled_from([*sorted(FIELDS), "shoe_size"]), max_size=4),
        months=st.integers(0, 400),
        roles=st.sets(st.sampled_from([str(role) for role in Role]), max_size=3),
        words=st.text(alphabet="一二三<>&\"' 。", min_size=1, max_size=12).filter(str.strip),
    )
    def read_back(gone, changed, fields, months, roles, words):
        document = [dict(facts) for facts in shipped_document() if facts["key"] not in gone]
        for facts in document:
            if facts["key"] == changed:
                facts |= {"fields": sorted(fields), "keep_months": months, "roles": sorted(roles)}
                facts["words"] = {"zh": " ".join(words.split()), "en": "Words."}
        CharterVersion.objects.create(
            number=CharterVersion.objects.count() + 1,
            document=document,
            digest=digest(document),
            shipped=shipped_document(),
            origin="people",
            since=clock.now(),
        )
        assert in_force().keys() == enforceable(document).keys()
        same(published(client, f"/charter/{world.community.code}/"), enforced())

    with world.scope():
        read_back()


def test_each_purpose_has_a_page_of_its_own_that_says_the_same(client, world):
    with world.scope():
        in_force_after(world, {"key": "water_care", "keep_months": 6})
        for key, holds in enforced().items():
            said = published(client, f"/charter/{world.community.code}/for/{key}/?theme=elder")
            same(said, {key: holds})
        page = client.get(f"/charter/{world.community.code}/for/water_care/").content.decode()
    assert "留得更久：以前 3 个月，改成 6 个月。" in page


def test_the_api_says_what_is_enforced(client, world):
    with world.scope():
        in_force_after(world, {"key": "case_contact", "fields": ["name"]})
        announced_at = clock.now()
        with clock.frozen(announced_at):
            announced(world, {"key": "water_care", "keep_months": 12})
        answer = client.get("/api/v1/charter", {"community": world.community.code}).json()
        assert answer["number"] == 2
        assert {one["key"]: set(one["fields"]) for one in answer["purposes"]} == {
            key: set(one.fields) for key, one in in_force().items()
        }
        assert all(one["roles"] == sorted(in_force()[one["key"]].roles) for one in answer["purposes"])
    assert answer["proposed"]["altered"] == [
        {
            "purpose": "water_care",
            "kind": "changed",
            "sentences": ["留得更久：以前 3 个月，改成 1 年。"],
            "wider": True,
            "ends_consents": True,
        }
    ]
    versions = client.get("/api/v1/charter/versions", {"community": world.community.code}).json()
    assert [one["number"] for one in versions] == [2, 1]
    with world.scope():
        assert {one["digest"] for one in versions} == set(CharterVersion.objects.values_list("digest", flat=True))
    assert client.get("/api/v1/charter", {"community": "nowhere"}).status_code == 404


def test_the_paper_says_it_too_and_leads_to_the_page(client, world, tmp_path):
    with world.scope():
        announced(world, {"key": "water_care", "keep_months": 12})
        answer = client.get(f"/charter/{world.community.code}/charter.pdf")
        names = [str(one.name) for one in in_force().values()]
    path = tmp_path / "charter.pdf"
    path.write_bytes(answer.content)
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(path).pages))
    for name in names:
        assert name in text
    assert world.community.phone in text and "正在公示" in text and "改成1年" in text


def test_a_visitor_of_several_communities_is_asked_which(client, world, other_world):
    page = client.get("/charter/").content.decode()
    assert f"/charter/{world.community.code}/" in page and f"/charter/{other_world.community.code}/" in page


def test_each_community_shows_its_own(client, world, other_world):
    with world.scope():
        in_force_after(world, removed=("joint_statistics",))
    assert "joint_statistics" not in published(client, f"/charter/{world.community.code}/")
    assert "joint_statistics" in published(client, f"/charter/{other_world.community.code}/")


def test_a_single_community_needs_no_choice(client, world):
    assert client.get("/charter/").url == f"/charter/{world.community.code}/"


def test_a_draft_is_on_no_public_page(client, world):
    with world.scope():
        change = actions.start_change(actor=world.actor("dpo"))
        actions.write_purpose(
            change.pk, {"key": "case_contact", "name": {"zh": "偷偷改的", "en": "Secret"}}, actor=world.actor("dpo")
        )
    for address in ("", "proposed/", "for/case_contact/"):
        assert "偷偷改的" not in client.get(f"/charter/{world.community.code}/{address}").content.decode()


def test_a_resident_says_what_it_thinks_and_reads_the_answer(client, world):
    client.force_login(world.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
    address = f"/charter/{world.community.code}/proposed/"
    with world.scope():
        announced(world, {"key": "water_care", "keep_months": 12})
    assert "社区想改用信息的规矩" in client.get("/portal/?theme=elder").content.decode()
    assert client.post(address, {"words": " "}).status_code == 422
    assert client.post(address, {"words": "留一年太久"}).status_code == 302
    with world.scope():
        opinion = Opinion.objects.get()
        assert (opinion.words, opinion.channel, opinion.resident) == ("留一年太久", "portal", world.residents["elder"])
        actions.answer_opinion(opinion.pk, "改回六个月。", actor=world.actor("dpo"))
    assert "改回六个月。" in client.get(address).content.decode()
    client.logout()
    public = client.get(address).content.decode()
    assert "改回六个月。" in public and "留一年太久" not in public


def test_a_neighbouring_community_has_no_say(client, world, other_world):
    client.force_login(other_world.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
    with world.scope():
        announced(world, {"key": "water_care", "keep_months": 12})
    address = f"/charter/{world.community.code}/proposed/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"words": "我也说"}).status_code == 404


def test_whose_consent_ended_with_a_change_is_asked_again_on_the_page(client, world):
    client.force_login(world.accounts["elder"], backend="django.contrib.auth.backends.ModelBackend")
    with world.scope():
        give_consent(world.residents["elder"], "water_care", channel="app", actor=world.actor("elder"))
        in_force_after(world, {"key": "water_care", "keep_months": 12})
        tell_everybody()
    page = client.get("/portal/me/consents/").content.decode()
    assert "这一项的规矩改了" in page and f"/charter/{world.community.code}/for/water_care/" in page


def test_a_purpose_that_is_gone_says_so_on_its_page(client, world):
    with world.scope():
        in_force_after(world, removed=("joint_statistics",))
    page = client.get(f"/charter/{world.community.code}/for/joint_statistics/").content.decode()
    assert "已经取消了" in page and "data-purpose" not in page
    assert client.get(f"/charter/{world.community.code}/for/never_was/").status_code == 404
