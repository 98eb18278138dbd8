/*
 * tests: writes proto/vectors/{changeset,root,grant,invitation,sealing,receipt,erasure,root_version}.json and the seeds of the fuzz targets. Every key comes
 * from a seed that is one byte 32 times over and every name is made up, so that each run writes the same bytes.
 *
 * Usage: make_vectors SOURCE_DIR
 */
#include <jansson.h>
#include <linli/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/auth/people.h"
#include "../unit/changeset/sample.h"
#include "base/mem.h"
#include "changeset/layout.h"
#include "make.h"

static const char *source_dir;

json_t *hex(const void *at, size_t size)
{
    char *text = mem_alloc(2 * size + 1);

    ALWAYS(text != NULL);
    hex_encode(at, size, text);
    json_t *out = json_string(text);
    mem_free(text);
    return out;
}

json_t *hex_of(span bytes)
{
    return hex(bytes.at, bytes.size);
}

json_t *number(uint64_t v)
{
    return json_sprintf("%llu", (unsigned long long)v);
}

static json_t *author_hex(const linli_author *author)
{
    uint8_t bytes[AUTHOR_BYTES];

    author_encode(author, bytes);
    return hex(bytes, sizeof(bytes));
}

static void file_write(const char *path, const char *text, size_t size)
{
    char whole[4096];

    snprintf(whole, sizeof(whole), "%s/%s", source_dir, path);
    FILE *file = fopen(whole, "wb");
    ALWAYS(file != NULL);
    ALWAYS(fwrite(text, 1, size, file) == size && fclose(file) == 0);
}

static void json_write(const char *path, json_t *root)
{
    char *text = json_dumps(root, JSON_INDENT(1));

    ALWAYS(text != NULL);
    size_t size = strlen(text);
    text[size] = '\n'; /* over the NUL: the file ends in a newline */
    file_write(path, text, size + 1);
    free(text);
    json_decref(root);
}

/* A seed for a fuzz target: an optional leading byte, then the bytes. */
static void seed_write(const char *path, int lead, span bytes)
{
    struct buf out = {0};

    if (lead >= 0)
        buf_byte(&out, (uint8_t)lead);
    buf_append(&out, bytes.at, bytes.size);
    file_write(path, (const char *)out.at, out.size);
    buf_free(&out);
}

/* --- changesets --- */

static json_t *position_json(const struct position *at)
{
    return json_pack("{so so so so so}", "network", hex(at->network.b, HASH_BYTES), "scope", hex(at->scope.b, ID_BYTES),
                     "author", author_hex(&at->author), "seq", number(at->seq), "prev", hex(at->prev.b, HASH_BYTES));
}

static json_t *seen_json(const struct changeset *cs)
{
    json_t *list = json_array();

    for (size_t i = 0; i < cs->seen_count; i++)
        json_array_append_new(list, json_pack("{so so so}", "author", author_hex(&cs->seen[i].author), "seq",
                                              number(cs->seen[i].seq), "id", hex(cs->seen[i].id.b, HASH_BYTES)));
    return list;
}

static json_t *parts_json(const struct changeset *cs)
{
    json_t *list = json_array();

    for (size_t i = 0; i < cs->part_count; i++) {
        const struct part *p = &cs->parts[i];
        json_t *part = json_pack("{si sb si si so}", "class", (int)p->cls, "manage", (int)p->manage, "size", (int)p->size,
                                 "carried", (int)p->carried, "hash", hex(p->hash.b, HASH_BYTES));
        if (p->carried == PART_HELD) {
            json_object_set_new(part, "salt", hex(p->bytes.at + 3, SALT_BYTES)); /* array head, binary head of two */
            json_object_set_new(part, "type", number(p->type));
            json_object_set_new(part, "record", hex(p->record.b, ID_BYTES));
            json_object_set_new(part, "ops", hex_of(p->ops));
        }
        json_array_append_new(list, part);
    }
    return list;
}

static json_t *changeset_json(const char *name, const struct position *at, span entry, const uint8_t *secret)
{
    struct arena a = {0};
    struct changeset cs;
    uint8_t signature[SIGNATURE_BYTES];

    ALWAYS(changeset_decode(&a, at, entry, &cs) == LINLI_OK);
    ALWAYS(changeset_sign(secret, &cs.id, signature) == LINLI_OK);
    json_t *out = json_pack("{ss so so so so so so so so so so so}", "name", name, "seed", hex(secret, SEED_BYTES),
                            "position", position_json(at), "seen", seen_json(&cs), "grant",
                            cs.has_grant ? hex(cs.grant.b, HASH_BYTES) : json_null(), "stamp", number(cs.stamp), "schema",
                            number(cs.schema), "parts", parts_json(&cs), "tail", hex_of(cs.tail), "entry", hex_of(entry),
                            "id", hex(cs.id.b, HASH_BYTES), "signature", hex(signature, sizeof(signature)));
    ALWAYS(out != NULL);
    arena_free(&a);
    return out;
}

static json_t *refused_json(const char *name, const struct position *at, span entry)
{
    struct arena a = {0};
    struct changeset cs;
    int rv = changeset_decode(&a, at, entry, &cs);

    ALWAYS(rv != LINLI_OK);
    arena_free(&a);
    return json_pack("{ss so so ss}", "name", name, "position", position_json(at), "entry", hex_of(entry), "expect",
                     linli_code_name(rv));
}

static json_t *run_json(const char *name, const linli_hash *network, span bytes)
{
    struct arena a = {0};
    struct run run;
    struct changeset *list = NULL;
    json_t *ids = json_array();
    int rv = run_decode(&a, bytes, &run);

    if (rv == LINLI_OK)
        rv = run_open(&a, &run, network, &list);
    for (size_t i = 0; rv == LINLI_OK && i < run.count; i++)
        json_array_append_new(ids, hex(list[i].id.b, HASH_BYTES));
    arena_free(&a);
    return json_pack("{ss so so ss so}", "name", name, "network", hex(network->b, HASH_BYTES), "bytes", hex_of(bytes),
                     "expect", linli_code_name(rv), "ids", ids);
}

/* The entry with some of its bytes replaced or the rest moved; `insert` bytes stand in the place of `drop` ones at `at`. */
static void edit(span in, size_t at, size_t drop, const char *insert, size_t insert_size, struct buf *out)
{
    ALWAYS(at + drop <= in.size);
    buf_clear(out);
    buf_append(out, in.at, at);
    buf_append(out, insert, insert_size);
    buf_append(out, in.at + at + drop, in.size - at - drop);
    ALWAYS(out->failed == LINLI_OK);
}

/* An entry of the first two parts, carried or not, that declares these sizes for them. */
static void sizes_write(const size_t sizes[2], const struct changeset *cs, bool carried, struct buf *out)
{
    buf_clear(out);
    write_array(out, 2);
    write_array(out, TAIL_FIELDS);
    write_array(out, 0);
    write_bin(out, cs->grant.b, HASH_BYTES);
    write_uint(out, cs->stamp);
    write_uint(out, cs->schema);
    write_array(out, 2);
    for (size_t i = 0; i < 2; i++)
        write_uint(out, sizes[i] << 3 | cs->parts[i].cls << 1 | (cs->parts[i].manage ? 1 : 0));
    write_array(out, 2);
    for (size_t i = 0; i < 2; i++) {
        if (carried) {
            write_raw(out, cs->parts[i].bytes);
            continue;
        }
        write_array(out, 2);
        write_uint(out, PART_ABSENT);
        write_bin(out, cs->parts[i].hash.b, HASH_BYTES);
    }
}

/* Sizes as far as they may go, and past that. */
static json_t *sizes(const struct sample_log *log)
{
    struct arena a = {0};
    struct buf out = {0};
    struct changeset cs, got;
    json_t *list = json_array();

    ALWAYS(changeset_decode(&a, &log->positions[0], buf_span(&log->entries[0]), &cs) == LINLI_OK);
    sizes_write((const size_t[]){PART_BYTES_MIN, LIMIT_CHANGESET_BYTES / 2}, &cs, false, &out);
    size_t absent = 2 * (2 + 2 + HASH_BYTES), first = cs.parts[0].size, second = cs.parts[1].size;
    size_t marks = 3 + 5, most = LIMIT_CHANGESET_BYTES - (out.size - absent - marks + 2 * 5) - 10000;
    struct {
        const char *name;
        size_t sizes[2];
        bool carried;
    } cases[] = {
        {"parts as long as declared", {first, second}, true},
        {"a part a byte shorter than declared", {first + 1, second}, true},
        {"a part a byte longer than declared", {first, second - 1}, true},
        {"the least parts", {PART_BYTES_MIN, PART_BYTES_MIN}, false},
        {"a part shorter than any part is", {PART_BYTES_MIN - 1, PART_BYTES_MIN}, false},
        {"parts that fill a changeset to the byte", {most, 10000}, false},
        {"parts of a byte more than a changeset holds", {most + 1, 10000}, false},
        {"parts of twice what a changeset holds", {LIMIT_CHANGESET_BYTES, LIMIT_CHANGESET_BYTES}, false},
        {"a part longer than a changeset", {LIMIT_CHANGESET_BYTES + 1, PART_BYTES_MIN}, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sizes_write(cases[i].sizes, &cs, cases[i].carried, &out);
        int rv = changeset_decode(&a, &log->positions[0], buf_span(&out), &got);
        json_t *said = json_pack("[ii]", (int)cases[i].sizes[0], (int)cases[i].sizes[1]);
        json_array_append_new(list, json_pack("{ss so so so ss}", "name", cases[i].name, "position",
                                              position_json(&log->positions[0]), "entry", hex_of(buf_span(&out)), "sizes",
                                              said, "expect", linli_code_name(rv)));
    }
    seed_write("tests/fuzz/corpus/changeset/sizes", 1, buf_span(&out));
    buf_free(&out);
    arena_free(&a);
    return list;
}

static json_t *refusals(const struct sample_log *log)
{
    const struct position *first = &log->positions[0], *second = &log->positions[1];
    span entry = buf_span(&log->entries[0]), next = buf_span(&log->entries[1]);
    struct position zero = *first;
    struct buf out = {0};
    json_t *list = json_array();

    edit(entry, entry.size - 1, 1, "", 0, &out);
    json_array_append_new(list, refused_json("last byte missing", first, buf_span(&out)));
    edit(entry, entry.size, 0, "\xc0", 1, &out);
    json_array_append_new(list, refused_json("a byte after the end", first, buf_span(&out)));
    edit(entry, 0, 1, "\xdc\x00\x02", 3, &out);
    json_array_append_new(list, refused_json("a longer array head", first, buf_span(&out)));
    edit(entry, 4, 2, "\xc5\x00\x28", 3, &out);
    json_array_append_new(list, refused_json("a longer binary head", first, buf_span(&out)));
    edit(entry, entry.size - 1, 1, "\xca\x00\x00\x00\x00", 5, &out);
    json_array_append_new(list, refused_json("a float", first, buf_span(&out)));
    edit(entry, 0, 1, "\x93", 1, &out);
    json_array_append_new(list, refused_json("three where two stand", first, buf_span(&out)));
    json_array_append_new(list, refused_json("no grant at seq 1", first, next));
    zero.seq = 0;
    json_array_append_new(list, refused_json("seq 0", &zero, entry));
    linli_author author; /* one's own head among those seen */
    author_decode(entry.at + 6, &author);
    struct position own = *second;
    own.author = author;
    json_array_append_new(list, refused_json("the own author seen", &own, entry));
    buf_free(&out);
    return list;
}

static json_t *redactions(const struct sample_log *log)
{
    json_t *list = json_array();
    struct buf lean = {0};

    for (unsigned mask = 0; mask < 8; mask++) {
        buf_clear(&lean);
        ALWAYS(entry_for_classes(buf_span(&log->entries[0]), mask, &lean) == LINLI_OK);
        json_array_append_new(list, json_pack("{si si so}", "changeset", 0, "class_mask", (int)mask, "entry",
                                              hex_of(buf_span(&lean))));
        if (mask == 1)
            seed_write("tests/fuzz/corpus/changeset/redacted", 1, buf_span(&lean));
    }
    buf_free(&lean);
    return list;
}

static json_t *runs(const struct sample_log *log)
{
    json_t *list = json_array();
    struct buf run = {0};
    linli_hash other = log->at.network;

    sample_run(log, 1, 3, &run);
    seed_write("tests/fuzz/corpus/run/three", -1, buf_span(&run));
    json_array_append_new(list, run_json("three changesets", &other, buf_span(&run)));
    other.b[0] ^= 1;
    json_array_append_new(list, run_json("of another network", &other, buf_span(&run)));
    other.b[0] ^= 1;
    run.at[run.size - 1] ^= 0x20;
    json_array_append_new(list, run_json("a bad signature", &other, buf_span(&run)));
    run.at[run.size - 1] ^= 0x20;
    run.at[200] ^= 1;
    json_array_append_new(list, run_json("a byte of the first entry changed", &other, buf_span(&run)));
    run.at[200] ^= 1;
    run.size--;
    json_array_append_new(list, run_json("last byte missing", &other, buf_span(&run)));
    buf_clear(&run);
    sample_run(log, 2, 2, &run);
    seed_write("tests/fuzz/corpus/run/one", -1, buf_span(&run));
    json_array_append_new(list, run_json("one changeset, not the first", &other, buf_span(&run)));
    buf_free(&run);
    return list;
}

static void changesets_write(void)
{
    struct sample_log log;
    json_t *good = json_array();
    static const char *const names[] = {"the first, with a grant", "the second, under the same grant", "the third"};

    sample_start(&log, 1);
    for (uint64_t i = 0; i < 3; i++) {
        sample_add(&log, i);
        json_array_append_new(good, changeset_json(names[i], &log.positions[i], buf_span(&log.entries[i]), log.secret));
    }
    seed_write("tests/fuzz/corpus/changeset/first", 1, buf_span(&log.entries[0]));
    seed_write("tests/fuzz/corpus/changeset/second", 0, buf_span(&log.entries[1]));
    json_write("proto/vectors/changeset.json",
               json_pack("{ss so so so so so}", "about", "Made-up changesets; see proto/changeset.md. 64-bit numbers are text.",
                         "changesets", good, "redacted", redactions(&log), "refused", refusals(&log), "sizes", sizes(&log),
                         "runs", runs(&log)));
    sample_end(&log);
}

/* --- roots --- */

static json_t *root_json(const char *name, span file)
{
    struct root root;
    int rv = root_open(file, &root);
    json_t *out = json_pack("{ss so ss}", "name", name, "file", hex_of(file), "expect", linli_code_name(rv));

    if (rv == LINLI_OK) {
        json_object_set_new(out, "threshold", json_integer(root.first.threshold));
        json_object_set_new(out, "keys", json_integer(root.first.key_count));
        json_object_set_new(out, "network", hex(root.network.b, HASH_BYTES));
        json_object_set_new(out, "scope", hex(root.scope.b, ID_BYTES));
    }
    return out;
}

static void roots_write(void)
{
    json_t *list = json_array(), *scopes = json_array();
    struct buf file = {0};
    struct root root = people_root(2, 3, &file);

    seed_write("tests/fuzz/corpus/grant/root", 1, buf_span(&file));
    json_array_append_new(list, root_json("two of three", buf_span(&file)));
    file.at[file.size - 1] ^= 1;
    json_array_append_new(list, root_json("two good signatures and a bad one", buf_span(&file)));
    file.at[file.size - 1 - 68] ^= 1; /* an array head, an index and a binary head of two lie between signatures */
    json_array_append_new(list, root_json("too few good signatures", buf_span(&file)));
    file.at[file.size - 1] ^= 1;
    file.at[file.size - 1 - 68] ^= 1;
    file.at[file.size - 67] = 1;
    json_array_append_new(list, root_json("one index twice", buf_span(&file)));
    file.at[file.size - 67] = 2;
    file.size--;
    json_array_append_new(list, root_json("last byte missing", buf_span(&file)));
    for (size_t depth = 0; depth < LIMIT_SCOPE_DEPTH; depth++) {
        struct scope_path path = path_of("abcdefg");
        linli_id scope;
        path.depth = depth;
        path_scope(&root.network, &path, &scope);
        json_array_append_new(scopes, json_pack("{so so}", "nonces", hex(path.nonce, 16 * depth), "scope",
                                                hex(scope.b, ID_BYTES)));
    }
    json_write("proto/vectors/root.json",
               json_pack("{ss so so so}", "about", "Made-up roots; see proto/authority.md. Scopes are of the first root.",
                         "roots", list, "network", hex(root.network.b, HASH_BYTES), "scopes", scopes));
    buf_free(&file);
}

/* --- grants --- */

static json_t *grant_json(const char *name, const struct root *root, struct held *held, span certificate)
{
    struct grant g;
    struct grant_source source = {held_find, held, NULL};
    uint64_t end_ms = 0;
    int rv = grant_decode(certificate, &g);

    if (rv == LINLI_OK)
        rv = grant_check(root, &g, &source);
    json_t *out = json_pack("{ss so ss}", "name", name, "certificate", hex_of(certificate), "expect", linli_code_name(rv));
    if (rv != LINLI_OK)
        return out;
    ALWAYS(grant_term(&g, &source, &end_ms) == LINLI_OK);
    json_object_set_new(out, "id", hex(g.id.b, HASH_BYTES));
    json_object_set_new(out, "scope", hex(g.scope.b, ID_BYTES));
    json_object_set_new(out, "subject", hex(g.subject, KEY_BYTES));
    json_object_set_new(out, "role", json_integer(g.role));
    json_object_set_new(out, "rights", json_integer(g.rights));
    json_object_set_new(out, "expires_ms", number(g.expires_ms));
    json_object_set_new(out, "term_end_ms", number(end_ms));
    held->grants[held->count++] = g;
    return out;
}

/* Grants are listed in order, each good one held from then on. */
/* The grant with another subject key, well signed: what grant_make itself refuses to sign. */
static void subject_replace(const struct person *signer, const struct grant *g, const uint8_t *key, struct buf *out)
{
    struct buf body = {0};
    uint8_t signature[SIGNATURE_BYTES];
    struct reader r;

    reader_start(&r, buf_span(out));
    (void)reader_array(&r, 2);
    span old = reader_bin(&r, LIMIT_GRANT_BYTES);
    ALWAYS(buf_append(&body, old.at, old.size) == LINLI_OK);
    for (size_t i = 0; i + KEY_BYTES <= body.size; i++)
        if (memcmp(body.at + i, g->subject, KEY_BYTES) == 0)
            memcpy(body.at + i, key, KEY_BYTES);
    ALWAYS(sign_make(signer->secret, "linli/grant/1", buf_span(&body), signature) == LINLI_OK);
    buf_clear(out);
    write_array(out, 2);
    write_bin(out, body.at, body.size);
    write_bin(out, signature, sizeof(signature));
    buf_free(&body);
}

static void grants_write(void)
{
    struct buf file = {0}, certificates[8] = {{0}};
    struct root root = people_root(2, 3, &file);
    struct held held = {0};
    struct person key = person(100), office = person(1), captain = person(2), other = person(3);
    json_t *list = json_array();

    struct grant top = grant_draft(&root, NULL, &office, "a", RIGHT_ALL, 1900000000000U);
    ALWAYS(grant_make(key.secret, &top, &certificates[0]) == LINLI_OK);
    json_array_append_new(list, grant_json("one root key of two", &root, &held, buf_span(&certificates[0])));
    signed_by_root("linli/grant/1", (struct signing[]){{101, 1}, {101, 1}}, 2, &certificates[0]);
    json_array_append_new(list, grant_json("one root key twice", &root, &held, buf_span(&certificates[0])));
    signed_by_root("linli/grant/1", (struct signing[]){{100, 0}, {101, 1}, {102, 2}}, 3, &certificates[0]);
    json_array_append_new(list, grant_json("one root key too many", &root, &held, buf_span(&certificates[0])));
    signed_by_root("linli/grant/1", (struct signing[]){{102, 2}, {100, 0}}, 2, &certificates[0]);
    json_array_append_new(list, grant_json("root keys out of order", &root, &held, buf_span(&certificates[0])));
    signed_by_root("linli/grant/1", (struct signing[]){{100, 0}, {102, 2}}, 2, &certificates[0]);
    seed_write("tests/fuzz/corpus/grant/root_certificate", 0, buf_span(&certificates[0]));
    struct grant below = grant_draft(&root, &top, &captain, "ab", RIGHT_READ | RIGHT_WRITE, 0);
    below.role = ROLE_CAPTAIN;
    ALWAYS(grant_make(office.secret, &below, &certificates[1]) == LINLI_OK);
    json_array_append_new(list, grant_json("an issuer that is not held", &root, &held, buf_span(&certificates[1])));
    json_array_append_new(list, grant_json("an office under the root", &root, &held, buf_span(&certificates[0])));
    json_array_append_new(list, grant_json("a captain under the office", &root, &held, buf_span(&certificates[1])));
    seed_write("tests/fuzz/corpus/grant/certificate", 0, buf_span(&certificates[1]));
    struct grant under_captain = grant_draft(&root, &below, &other, "ab", RIGHT_READ_PUBLIC, 0);
    ALWAYS(grant_make(captain.secret, &under_captain, &certificates[2]) == LINLI_OK);
    json_array_append_new(list, grant_json("a captain does not delegate", &root, &held, buf_span(&certificates[2])));
    struct grant beside = grant_draft(&root, &top, &other, "b", RIGHT_READ_PUBLIC, 0);
    ALWAYS(grant_make(office.secret, &beside, &certificates[3]) == LINLI_OK);
    json_array_append_new(list, grant_json("a scope beside the issuer's", &root, &held, buf_span(&certificates[3])));
    struct grant forged = grant_draft(&root, &top, &other, "ab", RIGHT_READ_PUBLIC, 0);
    ALWAYS(grant_make(other.secret, &forged, &certificates[4]) == LINLI_OK);
    json_array_append_new(list, grant_json("signed by somebody else", &root, &held, buf_span(&certificates[4])));
    struct grant foreign = forged;
    foreign.network.b[0] ^= 1;
    ALWAYS(grant_make(office.secret, &foreign, &certificates[5]) == LINLI_OK);
    json_array_append_new(list, grant_json("of another network", &root, &held, buf_span(&certificates[5])));
    static const uint8_t neutral[KEY_BYTES] = {1};
    ALWAYS(grant_make(office.secret, &beside, &certificates[6]) == LINLI_OK);
    subject_replace(&office, &beside, neutral, &certificates[6]);
    json_array_append_new(list, grant_json("a subject key of small order", &root, &held, buf_span(&certificates[6])));
    certificates[1].size--;
    json_array_append_new(list, grant_json("last byte missing", &root, &held, buf_span(&certificates[1])));
    json_write("proto/vectors/grant.json",
               json_pack("{ss so so}", "about",
                         "Made-up grants in the order of arrival, each good one held from then on; see proto/authority.md.",
                         "root", hex_of(buf_span(&file)), "grants", list));
    for (size_t i = 0; i < COUNT_OF(certificates); i++)
        buf_free(&certificates[i]);
    buf_free(&file);
}

/* --- invitations --- */

static json_t *invitation_json(const char *name, const char *uri)
{
    struct invitation inv;
    int rv = invitation_parse(uri, &inv);
    json_t *out = json_pack("{ss ss ss}", "name", name, "uri", uri, "expect", linli_code_name(rv));

    if (rv == LINLI_OK) {
        json_t *addresses = json_array();
        for (size_t i = 0; i < inv.address_count; i++)
            json_array_append_new(addresses, json_string(inv.addresses[i]));
        json_object_set_new(out, "network", hex(inv.network.b, HASH_BYTES));
        json_object_set_new(out, "secret", hex(inv.secret, sizeof(inv.secret)));
        json_object_set_new(out, "expires_ms", number(inv.expires_ms));
        json_object_set_new(out, "addresses", addresses);
    }
    return out;
}

static void invitations_write(void)
{
    struct invitation inv = {.expires_ms = 1800000000000U, .addresses = {"192.0.2.7:7447", "node.example:7447"},
                             .address_count = 2};
    struct buf uri = {0}, raw = {0};
    json_t *list = json_array();
    char newer[512] = "linli:";

    memset(inv.network.b, 0x21, HASH_BYTES);
    memset(inv.secret, 0x22, sizeof(inv.secret));
    ALWAYS(invitation_text(&inv, &uri) == LINLI_OK);
    seed_write("tests/fuzz/corpus/grant/invitation", 2, buf_span(&uri));
    json_array_append_new(list, invitation_json("two addresses", (const char *)uri.at));
    uri.at[uri.size - 1] = '\0';
    json_array_append_new(list, invitation_json("last letter missing", (const char *)uri.at));
    buf_clear(&uri);
    inv.address_count = 0;
    ALWAYS(invitation_text(&inv, &uri) == LINLI_OK);
    json_array_append_new(list, invitation_json("no address", (const char *)uri.at));
    uri.at[0] = 'L';
    json_array_append_new(list, invitation_json("another scheme", (const char *)uri.at));
    write_array(&raw, 2);
    write_uint(&raw, 2);
    write_nil(&raw);
    base64_encode(buf_span(&raw), newer + 6);
    json_array_append_new(list, invitation_json("a newer version", newer));
    json_write("proto/vectors/invitation.json",
               json_pack("{ss so}", "about", "Made-up invitations; see proto/authority.md 5.", "invitations", list));
    buf_free(&uri);
    buf_free(&raw);
}

int main(int argc, char **argv)
{
    if (argc != 2 || crypto_start() != LINLI_OK) {
        fprintf(stderr, "usage: %s SOURCE_DIR\n", argv[0]);
        return 2;
    }
    source_dir = argv[1];
    changesets_write();
    roots_write();
    grants_write();
    invitations_write();
    json_write("proto/vectors/sealing.json", sealing_vectors());
    json_write("proto/vectors/receipt.json", receipt_vectors());
    json_write("proto/vectors/erasure.json", erasure_vectors());
    json_write("proto/vectors/root_version.json", root_version_vectors());
    root_seeds(seed_write);
    receipt_seeds(seed_write);
    return 0;
}
