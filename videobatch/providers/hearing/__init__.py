"""Sound on its way to a recogniser: whether it is worth hearing, in which parts, as which bytes."""
