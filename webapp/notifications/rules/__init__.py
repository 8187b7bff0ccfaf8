"""Who is told what, and when: notifications that follow a transition, an event or the clock."""
