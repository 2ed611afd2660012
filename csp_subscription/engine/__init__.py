"""Rules as pure functions: no ORM, no clock, no I/O."""
