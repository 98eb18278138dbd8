/* auth: one version of the root document follows another; what was said under the old ones stands, or is affirmed, or falls. */
#include "auth/succession.h"
#include "auth/statement_form.h"
#include "codec/writer.h"

#include <linli/error.h>

enum { VERSION_FIELDS = 4, VERSION_FIELDS_SIGNERS = 5, AFFIRMATION_FIELDS = 1 };

/* --- a version --- */

static bool document_sound(const struct root_version *v)
{
    const struct root_document *d = &v->document;

    return v->head.by_root && v->head.path.depth == 0 && v->head.root_version >= 1 && v->head.root_version < LIMIT_ROOT_VERSIONS &&
           v->signers <= ROOT_KEYS_MAX && d->version == v->head.root_version + 1 && d->oldest >= 1 && d->oldest <= d->version && root_keys_sound(d);
}

int root_version_make(struct root_version *v, struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};
    const struct root_document *d = &v->document;

    v->head.kind = STATEMENT_ROOT;
    if (!document_sound(v))
        return LINLI_E_ARG;
    statement_head_write(&v->head, v->signers > 0 ? VERSION_FIELDS_SIGNERS : VERSION_FIELDS, &body);
    write_uint(&body, d->version);
    write_uint(&body, d->threshold);
    write_array(&body, d->key_count);
    for (unsigned i = 0; i < d->key_count; i++)
        write_bin(&body, d->keys[i], KEY_BYTES);
    write_uint(&body, d->oldest);
    if (v->signers > 0)
        write_uint(&body, v->signers);
    int rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(NULL, &v->head, buf_span(&body), certificate);
    v->document.id = v->head.id;
    buf_free(&body);
    return rv;
}

int root_version_decode(span certificate, struct root_version *out)
{
    struct root_document *d = &out->document;
    struct certified said;
    struct reader r;
    size_t fields;

    *out = (struct root_version){.document = {.version = 0}};
    int rv = statement_open(certificate, &r, &out->head, &fields, &said);
    if (rv != LINLI_OK)
        return rv;
    if (out->head.kind != STATEMENT_ROOT || (fields != VERSION_FIELDS && fields != VERSION_FIELDS_SIGNERS))
        return LINLI_E_FORMAT;
    d->id = out->head.id;
    d->version = reader_uint(&r, LIMIT_ROOT_VERSIONS);
    d->threshold = (unsigned)reader_uint(&r, ROOT_KEYS_MAX);
    d->key_count = (unsigned)reader_array(&r, ROOT_KEYS_MAX);
    for (unsigned i = 0; i < d->key_count; i++)
        reader_fixed(&r, d->keys[i], KEY_BYTES);
    d->oldest = reader_uint(&r, LIMIT_ROOT_VERSIONS);
    if (fields == VERSION_FIELDS_SIGNERS)
        out->signers = (unsigned)reader_uint(&r, ROOT_KEYS_MAX);
    rv = reader_end(&r);
    if (rv != LINLI_OK)
        return rv;
    return document_sound(out) && (out->signers > 0) == (fields == VERSION_FIELDS_SIGNERS) ? LINLI_OK : LINLI_E_FORMAT;
}

int root_version_check(const struct root_document *before, span certificate)
{
    const char *context = statement_context(STATEMENT_ROOT);
    struct root_document asked = *before;
    struct certified said;
    struct root_version v;
    int rv = root_version_decode(certificate, &v);

    if (rv == LINLI_OK)
        rv = certificate_split(certificate, LIMIT_STATEMENT_BYTES, &said);
    if (rv != LINLI_OK)
        return rv;
    if (v.signers > 0)
        asked.threshold = v.signers;
    size_t old = asked.threshold * (size_t)ROOT_SIGNATURE_BYTES;
    if (v.head.root_version != before->version || said.signatures.size < old)
        return LINLI_E_SIGNATURE;
    if (v.signers > 0 && v.signers <= before->threshold)
        return LINLI_E_REFUSED; /* what goes without saying is not said: one document, one encoding */
    rv = root_signed(&asked, context, said.body, span_of(said.signatures.at, old));
    if (rv == LINLI_OK)
        rv = root_signed(&v.document, context, said.body, span_of(said.signatures.at + old, said.signatures.size - old));
    if (rv == LINLI_OK && v.document.oldest < before->oldest)
        rv = LINLI_E_REFUSED;
    return rv;
}

int root_version_order(const struct root_version *a, const struct root_version *b)
{
    if (a->signers != b->signers) /* none said is the threshold of the version before, which is the same for both, and less */
        return a->signers > b->signers ? -1 : 1;
    return hash_compare(&a->head.id, &b->head.id);
}

/* --- an affirmation --- */

static int id_compare_rows(const void *x, const void *y)
{
    return hash_compare(x, y);
}

static void id_write(struct buf *out, const void *row)
{
    write_bin(out, ((const linli_hash *)row)->b, HASH_BYTES);
}

static void id_read(struct reader *r, void *row)
{
    reader_fixed(r, ((linli_hash *)row)->b, HASH_BYTES);
}

static const struct row_form ID = {sizeof(linli_hash), id_write, id_read, id_compare_rows};

static bool id_is(const void *row, const void *sought)
{
    return hash_equal(row, sought);
}

int affirmation_make(struct affirmation *a, linli_hash *ids, size_t count, struct buf *certificate)
{
    struct buf body = {.cap = LIMIT_STATEMENT_BYTES};

    a->head.kind = STATEMENT_AFFIRMATION;
    if (count == 0 || !a->head.by_root || a->head.path.depth != 0)
        return LINLI_E_ARG;
    int rv = rows_sort(ids, count, &ID);
    if (rv != LINLI_OK)
        return rv;
    statement_head_write(&a->head, AFFIRMATION_FIELDS, &body);
    rows_write(&body, ids, count, &ID);
    rv = body.failed;
    if (rv == LINLI_OK)
        rv = statement_sign(NULL, &a->head, buf_span(&body), certificate);
    buf_free(&body);
    return rv;
}

int affirmation_decode(span certificate, struct affirmation *out)
{
    struct certified said;
    struct reader r;
    size_t fields;

    *out = (struct affirmation){.ids = {NULL, 0}};
    int rv = statement_open(certificate, &r, &out->head, &fields, &said);
    if (rv != LINLI_OK)
        return rv;
    if (out->head.kind != STATEMENT_AFFIRMATION || fields != AFFIRMATION_FIELDS || !out->head.by_root ||
        out->head.path.depth != 0)
        return LINLI_E_FORMAT;
    out->ids = rows_read(&r, &ID);
    rv = reader_end(&r);
    return rv == LINLI_OK && span_equal(out->ids, span_of("\x90", 1)) ? LINLI_E_FORMAT : rv; /* none */
}

bool affirmation_lists(const struct affirmation *a, const linli_hash *id)
{
    linli_hash listed;

    return rows_find(a->ids, &ID, id_is, id, &listed);
}

/* --- which holds --- */

/* Of the versions that follow this one, that which goes before all others; NULL when there is none. */
static const struct root_version *follower(const struct root_said *said, uint64_t version, const linli_hash *document)
{
    const struct root_version *found = NULL;

    for (size_t i = 0; i < said->version_count; i++) {
        const struct root_version *v = &said->versions[i];
        if (v->head.root_version == version && (document == NULL || hash_equal(&v->head.issuer, document)) &&
            (found == NULL || root_version_order(v, found) < 0))
            found = v;
    }
    return found;
}

void succession_find(const struct root_said *said, struct succession *out)
{
    const struct root_version *v = follower(said, 1, NULL); /* all that follow the first follow the same one */

    *out = (struct succession){.oldest = 1, .said = said};
    if (v != NULL)
        out->ids[out->length++] = v->head.issuer;
    for (; v != NULL; v = follower(said, v->document.version, &v->head.id)) { /* a version is at most LIMIT_ROOT_VERSIONS */
        out->ids[out->length++] = v->head.id;
        out->oldest = v->document.oldest;
    }
}

bool succession_holds(const struct succession *s, uint64_t version, const linli_hash *document)
{
    if (s->length == 0)
        return version == 1;
    return version >= 1 && version <= s->length && hash_equal(&s->ids[version - 1], document);
}

const struct affirmation *succession_affirmed(const struct succession *s, const linli_hash *id)
{
    for (size_t i = 0; i < s->said->affirmation_count; i++) {
        const struct affirmation *a = &s->said->affirmations[i];
        if (a->head.root_version >= s->oldest && succession_holds(s, a->head.root_version, &a->head.issuer) &&
            affirmation_lists(a, id))
            return a;
    }
    return NULL;
}

bool succession_stands(const struct succession *s, uint64_t version, const linli_hash *document, const linli_hash *id)
{
    return succession_holds(s, version, document) && (version >= s->oldest || succession_affirmed(s, id) != NULL);
}
