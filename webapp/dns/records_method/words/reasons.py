"""The reasons of findings that only the records method has, as they are stored."""

from __future__ import annotations

#: NS records stand at the label, so that another zone is asked for the token.
LABEL_DELEGATED = "label-delegated"
#: A CNAME record stands at the label, where no other record can stand then.
ALIAS_THERE = "alias-there"
#: The host has what it has from a wildcard, which ends where the token is added.
WILDCARD_ENDS = "wildcard-ends"
#: The value of another claim, be it of another account.
OTHER_CLAIM = "other-claim"
#: The token with more around it, such as the name of the record.
MORE_AROUND = "more-around"
#: A part of the token.
CUT_OFF = "cut-off"
#: The token with other capitals.
CAPITALS = "capitals"
#: The target of the CNAME record in the place of the token.
TARGET_THERE = "target-there"

#: Where the names lead could not be asked, or our resolvers say different things of it.
BEYOND_UNHEARD = "beyond-unheard"
BEYOND_DIFFERS = "beyond-differs"
#: More names one after the other than anybody follows.
TOO_LONG = "too-long"
#: The names lead to one that does not exist.
NOWHERE = "nowhere"
#: A target of another claim, and one of an earlier claim of the same account.
OTHER_TARGET = "other-target"
FORMER_TARGET = "former-target"
#: The domain of all targets, without the label of this claim.
EDGE_DOMAIN = "edge-domain"
#: Addresses in the place of a CNAME record: of a proxy of Cloudflare, and of our own edge.
PROXIED = "proxied"
FLATTENED = "flattened"
#: At an apex: no address, or other ones; some of the edge's; others beside some of them.
APEX = "apex"
APEX_SOME = "apex-some"
APEX_OTHERS = "apex-others"

#: The certificate's record has the zone's name appended, and it has another value.
APPENDED = "appended"
OTHER_VALUE = "other-value"
