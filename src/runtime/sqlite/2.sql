-- What a step brought that is personal, beside its text and not in its hash, until it is erased.

ALTER TABLE journal ADD COLUMN personal TEXT;
