-- From when somebody counts where two people are asked for: not at once where she was given a role, or joined in it, just now. Otherwise whoever may give
-- roles makes her own second person.
alter table people add column counts_from timestamptz;
