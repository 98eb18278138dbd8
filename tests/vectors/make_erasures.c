/* tests: the vectors of proto/authority.md 8: orders to erase with their verdicts, and what they name. */
#include <linli/error.h>
#include <string.h>

#include "../unit/auth/people.h"
#include "auth/certificate.h"
#include "auth/erasure.h"
#include "make.h"

static struct erasure_part part_of(int author, uint64_t seq, uint32_t part)
{
    struct erasure_part p = {.seq = seq, .part = part};

    memset(p.author.key, author, KEY_BYTES);
    p.author.incarnation = UINT64_C(0x0102030405060708);
    return p;
}

static struct erasure plain(void)
{
    struct erasure e = {.head = {.path = path_of("a"), .issued_ms = 1700000003000U}, .classes = ERASABLE, .reason = 1};

    memset(e.head.network.b, 0x21, HASH_BYTES);
    memset(e.head.issuer.b, 0x22, HASH_BYTES);
    memset(e.head.salt, 0x23, sizeof(e.head.salt));
    memset(e.record.b, 0x24, ID_BYTES);
    return e;
}

static bool part_json(void *ctx, const struct erasure_part *part)
{
    uint8_t author[AUTHOR_BYTES];

    author_encode(&part->author, author);
    json_array_append_new(ctx, json_pack("[o, o, i]", hex(author, sizeof(author)), number(part->seq), (int)part->part));
    return true;
}

static json_t *one_json(const char *name, span certificate)
{
    struct erasure e;
    int rv = erasure_decode(certificate, &e);
    json_t *out = json_pack("{ss so ss}", "name", name, "certificate", hex_of(certificate), "expect", linli_code_name(rv));

    if (rv != LINLI_OK)
        return out;
    json_t *parts = json_array();
    erasure_each(&e, part_json, parts);
    json_object_set_new(out, "id", hex(e.head.id.b, HASH_BYTES));
    json_object_set_new(out, "scope", hex(e.head.scope.b, ID_BYTES));
    json_object_set_new(out, "record", hex(e.record.b, ID_BYTES));
    json_object_set_new(out, "classes", json_integer((json_int_t)e.classes));
    json_object_set_new(out, "reason", json_integer((json_int_t)e.reason));
    json_object_set_new(out, "parts", parts);
    return out;
}

/* The body with its byte `back` from the end changed, signed all the same. */
static void changed(span certificate, size_t back, uint8_t value, struct buf *out)
{
    uint8_t copy[1024];
    struct certified said;

    ALWAYS(certificate_split(certificate, 4096, &said) == LINLI_OK && said.body.size <= sizeof(copy));
    memcpy(copy, said.body.at, said.body.size);
    copy[said.body.size - back] = value;
    buf_clear(out);
    ALWAYS(certificate_sign(person(7).secret, &(struct issuer){.by_root = false}, "linli/erasure/1", span_of(copy, said.body.size),
                            out) == LINLI_OK);
}

json_t *erasure_vectors(void)
{
    struct erasure_part parts[] = {part_of(9, 300, 0), part_of(8, 1, 2), part_of(8, 1, 1)};
    json_t *list = json_array();
    struct buf good = {0}, other = {0};
    struct erasure e = plain();

    ALWAYS(erasure_make(person(7).secret, &e, parts, 3, &good) == LINLI_OK);
    json_array_append_new(list, one_json("three parts of two logs", buf_span(&good)));
    e = plain();
    e.classes = 1 << 1;
    ALWAYS(erasure_make(person(7).secret, &e, NULL, 0, &other) == LINLI_OK);
    json_array_append_new(list, one_json("of what still comes", buf_span(&other)));
    changed(buf_span(&good), 1, 1, &other); /* the last part's index */
    json_array_append_new(list, one_json("another index", buf_span(&other)));
    changed(buf_span(&good), 2 + 2 + 42 + 1, 1, &other); /* the second pair's index: as the first's */
    json_array_append_new(list, one_json("a part twice", buf_span(&other)));
    changed(buf_span(&good), 2 + 2 + 42 + 1 + 1, 0, &other);
    json_array_append_new(list, one_json("a part of changeset 0", buf_span(&other)));
    json_array_append_new(list, one_json("last byte missing", span_of(good.at, good.size - 1)));
    buf_free(&good);
    buf_free(&other);
    return json_pack("{ss so so}", "about", "Made-up orders to erase, signed by this key; see proto/authority.md 8.", "key",
                     hex(person(7).key, KEY_BYTES), "erasures", list);
}
