-- Accounts with a session each, half of them expired, and their books; of fifty owners, one has a bin that is to be
-- emptied, and one has tombstones that are to be forgotten.
CREATE FUNCTION pg_temp.key(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$SELECT ('018f0000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid$$;

INSERT INTO users (id, username, username_key, email, email_key, password_hash, email_verified_at, created_at, updated_at)
SELECT pg_temp.key(i), 'u' || i, 'u' || i, i || '@example.org', i || '@example.org', '', now(), now(), now()
FROM generate_series(1, %(books)s) i;

INSERT INTO sessions (id, owner_id, current_jti, rotated_at, device, ip, created_at, last_used_at, expires_at)
SELECT gen_random_uuid(), pg_temp.key(i), gen_random_uuid(), now(), '', '', now(), now(),
    now() + CASE WHEN i %% 2 = 0 THEN interval '-1 day' ELSE interval '1 day' END
FROM generate_series(1, %(books)s) i;

INSERT INTO address_books (owner_id, revision, living, purged_revision, bin_count, size)
SELECT pg_temp.key(i), %(each)s, %(each)s, 0, 10, %(each)s FROM generate_series(1, %(books)s) i;

INSERT INTO contacts (
    owner_id, id, name, first_name, favorite, labels, details, addresses, revision, created_at, updated_at,
    deleted_at,
    wiped_at,
    sort_key, first_name_key, last_name_key, email_keys, phone_keys, search_text,
    name_order, name_section, last_name_order, last_name_section, size
)
SELECT pg_temp.key(i), pg_temp.key(i * 1000 + j), 'Ada ' || j, 'Ada', false, '[]', '[]', '[]', j, now(), now(),
    CASE WHEN i %% 50 IN (1, 2) AND j <= 10 THEN now() - interval '200 days' END,
    CASE WHEN i %% 50 = 2 AND j <= 10 THEN now() - interval '190 days' END,
    'ada', 'ada', '', '', '', 'ada ' || j,
    'ada ' || j, 'A', 'ada ' || j, 'A', 1
FROM generate_series(1, %(books)s) i, generate_series(1, %(each)s) j;
