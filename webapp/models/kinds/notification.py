"""What kinds of notifications there are."""

from __future__ import annotations

from enum import StrEnum


class NotificationKind(StrEnum):
    """What a notification tells of."""

    VERIFIED = "verified"
    ACTION_NEEDED = "action-needed"
    FAILING = "failing"
    FAILING_HALFWAY = "failing-halfway"
    FAILING_LAST_DAY = "failing-last-day"
    LAPSED = "lapsed"
    CONTESTED = "contested"
    MOVED_AWAY = "moved-away"
    RECOVERED = "recovered"
    EXPIRED = "expired"
    REMOVED = "removed"
    KEPT = "kept"
    CERTIFICATE_TROUBLE = "certificate-trouble"
    ON_HOLD = "on-hold"
    RELEASED = "released"
    WHOLE_DOMAIN = "whole-domain"
    WHOLE_DOMAIN_OVER = "whole-domain-over"
    NOT_LIVE = "not-live"
    LIVE_AGAIN = "live-again"
    CERTIFICATE_ENDS = "certificate-ends"
    HANDED_OVER = "handed-over"

    @property
    def is_urgent(self) -> bool:
        """Whether it is sent at once, in an e-mail of its own: more than the one name is down, or time is short."""
        return self in {NotificationKind.WHOLE_DOMAIN, NotificationKind.CONTESTED}
