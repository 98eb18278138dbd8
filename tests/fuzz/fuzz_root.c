/* fuzz: later versions of the root document, affirmations, and drafts of what the root says; the first byte says which. */
#include <linli/error.h>
#include <string.h>

#include "auth/certificate.h"
#include "auth/root_draft.h"
#include "fuzz.h"

static void same_body(span bytes, const struct buf *again)
{
    struct certified said, made;

    CLAIM(certificate_split(bytes, LIMIT_STATEMENT_BYTES, &said) == LINLI_OK);
    CLAIM(certificate_split(buf_span(again), LIMIT_STATEMENT_BYTES, &made) == LINLI_OK);
    CLAIM(span_equal(said.body, made.body));
}

/* What decodes comes out as it went in; who signed it is another matter. */
static void version(span bytes)
{
    struct root_version v, copy;
    struct buf again = {0};

    if (root_version_decode(bytes, &v) != LINLI_OK)
        return;
    struct root_document before = {.id = v.head.issuer, .version = v.head.root_version, .threshold = 1, .key_count = 1, .oldest = 1};
    memcpy(before.keys[0], v.document.keys[0], KEY_BYTES);
    (void)root_version_check(&before, bytes);
    copy = v;
    CLAIM(root_version_make(&copy, &again) == LINLI_OK);
    CLAIM(hash_equal(&copy.head.id, &v.head.id) && hash_equal(&v.document.id, &v.head.id));
    same_body(bytes, &again);
    struct root_said said = {.versions = &v, .version_count = 1};
    struct succession succession;
    succession_find(&said, &succession);
    CLAIM(succession_holds(&succession, v.document.version, &v.document.id) == (v.head.root_version == 1));
    buf_free(&again);
}

static void affirmation(span bytes)
{
    static linli_hash ids[LIMIT_STATEMENT_BYTES / HASH_BYTES];
    struct affirmation a, copy;
    struct reader rows;
    struct buf again = {0};
    size_t count = 0;

    if (affirmation_decode(bytes, &a) != LINLI_OK)
        return;
    reader_start(&rows, a.ids);
    for (size_t left = reader_array(&rows, SIZE_MAX); left > 0; left--) {
        reader_fixed(&rows, ids[count].b, HASH_BYTES);
        CLAIM(affirmation_lists(&a, &ids[count++]));
    }
    copy = a;
    CLAIM(affirmation_make(&copy, ids, count, &again) == LINLI_OK);
    same_body(bytes, &again);
    buf_free(&again);
}

/* Read and written it is the same, but for signatures that are not good: those are gone at once. */
static void draft(span bytes)
{
    static const uint8_t secret[SIGN_SECRET_BYTES] = {1};
    struct root_draft d, again;
    struct arena a = {0};
    struct buf first = {0}, second = {0};
    linli_hash before, after;

    if (root_draft_read(&d, &a, bytes) == LINLI_OK) {
        CLAIM(root_draft_write(&d, &first) == LINLI_OK && first.size <= bytes.size);
        CLAIM(root_draft_read(&again, &a, buf_span(&first)) == LINLI_OK && root_draft_write(&again, &second) == LINLI_OK);
        CLAIM(span_equal(buf_span(&first), buf_span(&second)));
        root_draft_fingerprint(&d, &before);
        root_draft_fingerprint(&again, &after);
        CLAIM(hash_equal(&before, &after) && again.count == d.count);
        (void)root_draft_sign(&again, secret);
        for (size_t i = 0; i < d.count; i++) {
            struct buf out = {0};
            CLAIM(root_draft_certificate(&d, i, &out) != LINLI_E_FORMAT);
            buf_free(&out);
        }
    }
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    span bytes = span_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0: version(bytes); break;
    case 1: affirmation(bytes); break;
    case 2: draft(bytes); break;
    default: break;
    }
    return 0;
}
