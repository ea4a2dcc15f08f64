"""The paper on which a run is agreed: the counter's terms, signed, as one small file that is handed to the partner."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict

from linli.foundation.privacy.joint.keys import Card, PartyKeys
from linli.foundation.privacy.joint.rules.terms import BadTerms, Terms, canonical


def new_run() -> str:
    """128 bits that name a run."""
    return secrets.token_hex(16)


def invitation(terms: Terms, keys: PartyKeys) -> str:
    """The file's text."""
    facts = {"terms": asdict(terms), "signature": keys.sign(canonical(asdict(terms)))}
    return json.dumps({"linli_joint_invitation": 1, **facts}, ensure_ascii=False, indent=1) + "\n"


def invited(text: str, partners: list[Card], own: str) -> tuple[Terms, Card]:
    """The terms and the partner who signed them; ``own`` is the fingerprint of whoever is invited.

    Raises :class:`BadTerms` for a file of another kind, by a stranger, for somebody else, or changed on the way.
    """
    try:
        facts = json.loads(text)
        terms = Terms(**facts["terms"])
        signature = str(facts["signature"])
        if facts["linli_joint_invitation"] != 1:
            raise BadTerms("another kind of file")
    except (ValueError, KeyError, TypeError) as error:
        raise BadTerms("not an invitation") from error
    terms.check()
    partner = next((card for card in partners if card.fingerprint == terms.counter), None)
    if partner is None or terms.answerer != own:
        raise BadTerms("by a stranger, or for somebody else")
    if not partner.verifies(canonical(asdict(terms)), signature):
        raise BadTerms("changed on the way")
    return terms, partner
