/* auth: encode, decode and check grants: each link of a chain lies within the one above it. */
#include "auth/grant.h"
#include "codec/writer.h"

#include <linli/error.h>
#include <string.h>

const char GRANT_CONTEXT[] = "linli/grant/1";

enum { BODY_KIND = 1, BODY_FIELDS = 11 }; /* one more when `after` is not empty */

void grant_record_id(const linli_hash *grant, linli_id *record)
{
    memcpy(record->b, grant->b, ID_BYTES);
    id_of_managed(record);
}

unsigned grant_rights_of_role(enum grant_role role)
{
    switch (role) {
    case ROLE_NODE:
    case ROLE_CLERK:
        return RIGHT_ALL;
    case ROLE_CAPTAIN:
        return RIGHT_READ | RIGHT_WRITE | RIGHT_OPEN;
    case ROLE_VIEWER:
        return RIGHT_READ_PUBLIC;
    }
    return 0; /* a role of a newer version: nobody here may say what it stands for */
}

/* --- bytes --- */

static void body_write(const struct grant *g, struct buf *out)
{
    write_array(out, BODY_FIELDS + (g->after_count > 0));
    write_uint(out, BODY_KIND);
    write_bin(out, g->network.b, HASH_BYTES);
    issuer_write(out, &(struct issuer){g->by_root, g->root_version, g->issuer});
    path_write(out, &g->path);
    write_bin(out, g->subject, KEY_BYTES);
    write_bin(out, g->seal, KEY_BYTES);
    write_uint(out, g->role);
    write_uint(out, g->rights);
    write_uint(out, g->issued_ms);
    write_uint(out, g->expires_ms);
    write_bin(out, g->salt, sizeof(g->salt));
    if (g->after_count > 0)
        write_array(out, g->after_count);
    for (unsigned i = 0; i < g->after_count; i++)
        write_bin(out, g->after[i].b, ID_BYTES);
}

/* The acts that the grant supersedes, rising. */
static void after_read(struct reader *r, struct grant *out)
{
    out->after_count = (unsigned)reader_array(r, AFTER_MAX);
    if (out->after_count == 0)
        reader_fail(r);
    for (unsigned i = 0; i < out->after_count; i++) {
        reader_fixed(r, out->after[i].b, ID_BYTES);
        if (i > 0 && id_compare(&out->after[i - 1], &out->after[i]) >= 0)
            reader_fail(r);
    }
}

static int body_decode(const struct certified *said, struct grant *out)
{
    struct issuer by;
    struct reader r;

    reader_start(&r, said->body);
    size_t fields = reader_array(&r, SIZE_MAX);
    uint64_t kind = reader_uint(&r, UINT64_MAX);
    if (r.failed != LINLI_OK || kind < BODY_KIND)
        return LINLI_E_FORMAT;
    if (kind > BODY_KIND) /* a statement (statement.h), or what a newer version says */
        return LINLI_E_VERSION;
    if (fields != BODY_FIELDS && fields != BODY_FIELDS + 1)
        return LINLI_E_FORMAT;
    reader_fixed(&r, out->network.b, HASH_BYTES);
    issuer_read(&r, &by);
    out->by_root = by.by_root;
    out->root_version = by.version;
    out->issuer = by.id;
    path_read(&r, &out->path);
    reader_fixed(&r, out->subject, KEY_BYTES);
    reader_fixed(&r, out->seal, KEY_BYTES);
    out->role = (unsigned)reader_uint(&r, GRANT_ROLE_MAX);
    out->rights = (unsigned)reader_uint(&r, RIGHT_ALL);
    out->issued_ms = reader_uint(&r, UINT64_MAX);
    out->expires_ms = reader_uint(&r, UINT64_MAX);
    reader_fixed(&r, out->salt, sizeof(out->salt));
    if (fields > BODY_FIELDS)
        after_read(&r, out);
    int rv = reader_end(&r);
    if (rv != LINLI_OK)
        return rv;
    return out->role == 0 || sign_key_small(out->subject) || !signatures_fit(&by, said->signatures) ? LINLI_E_FORMAT : LINLI_OK;
}

static void names_fill(struct grant *g, span body)
{
    crypto_hash(GRANT_CONTEXT, &body, 1, &g->id);
    path_scope(&g->network, &g->path, &g->scope);
}

int grant_make(const uint8_t *issuer_secret, struct grant *g, struct buf *certificate)
{
    struct issuer by = {g->by_root, g->root_version, g->issuer};
    struct buf body = {.cap = LIMIT_GRANT_BYTES};

    if (g->role == 0 || g->role > GRANT_ROLE_MAX || g->rights > RIGHT_ALL || sign_key_small(g->subject))
        return LINLI_E_ARG;
    if (g->path.depth >= LIMIT_SCOPE_DEPTH || g->after_count > AFTER_MAX || (g->by_root && g->root_version == 0))
        return LINLI_E_ARG;
    body_write(g, &body);
    int rv = body.failed;
    if (rv == LINLI_OK)
        rv = certificate_sign(issuer_secret, &by, GRANT_CONTEXT, buf_span(&body), certificate);
    if (rv == LINLI_OK)
        names_fill(g, buf_span(&body));
    buf_free(&body);
    return rv;
}

/* Decode; what was signed and the signatures are handed out as well. */
static int take_apart(span certificate, struct grant *out, struct certified *said)
{
    *out = (struct grant){.certificate = certificate};
    int rv = certificate_split(certificate, LIMIT_GRANT_BYTES, said);
    if (rv == LINLI_OK)
        rv = body_decode(said, out);
    if (rv == LINLI_OK)
        names_fill(out, said->body);
    return rv;
}

int grant_decode(span certificate, struct grant *out)
{
    struct certified said;

    return take_apart(certificate, out, &said);
}

/* --- chains --- */

int grant_issuer_find(const struct grant_source *source, const linli_hash *id, struct grant *out)
{
    int rv = source->find(source->ctx, id, out);

    return rv == LINLI_E_NOT_FOUND ? LINLI_E_WAIT : rv;
}

/* How many grants stand between the root and this one, both ends counted; only the links are looked at. */
static int chain_walk(const struct grant *g, const struct grant_source *source, uint64_t *end_ms)
{
    struct grant link = *g;

    *end_ms = UINT64_MAX;
    for (unsigned length = 1; length <= LIMIT_CHAIN; length++) {
        linli_hash above = link.issuer;
        if (link.expires_ms != 0 && link.expires_ms < *end_ms)
            *end_ms = link.expires_ms;
        if (link.by_root)
            return LINLI_OK;
        int rv = length < LIMIT_CHAIN ? grant_issuer_find(source, &above, &link) : LINLI_OK;
        if (rv != LINLI_OK)
            return rv;
    }
    return LINLI_E_REFUSED;
}

static int check_below(const struct grant *g, const struct grant *issuer)
{
    if (!hash_equal(&issuer->network, &g->network))
        return LINLI_E_NETWORK;
    if ((issuer->rights & RIGHT_MANAGE) == 0 || (g->rights & ~issuer->rights) != 0)
        return LINLI_E_REFUSED;
    return path_contains(&issuer->path, &g->path) ? LINLI_OK : LINLI_E_REFUSED;
}

int document_get(const struct root *root, const struct issuer *by, const struct grant_source *source, struct root_document *out)
{
    int rv = LINLI_OK;

    *out = root->first;
    if (!hash_equal(&by->id, &root->first.id))
        rv = source->document != NULL ? source->document(source->ctx, &by->id, out) : LINLI_E_NOT_FOUND;
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_E_WAIT : rv;
    return out->version == by->version ? LINLI_OK : LINLI_E_SIGNATURE;
}

int issuer_check(const struct root *root, const struct issuer *by, const char *context, const struct certified *said,
                 const struct grant_source *source, struct grant *issuer)
{
    if (!by->by_root) {
        int rv = grant_issuer_find(source, &by->id, issuer);
        return rv == LINLI_OK ? sign_check(issuer->subject, context, said->body, said->signatures.at) : rv;
    }
    struct root_document document;
    int rv = document_get(root, by, source, &document);
    return rv == LINLI_OK ? root_signed(&document, context, said->body, said->signatures) : rv;
}

int grant_in_term(const struct grant *issuer, const struct grant_source *source, uint64_t issued_ms)
{
    uint64_t end_ms;
    int rv = chain_walk(issuer, source, &end_ms);

    return rv == LINLI_OK && issued_ms >= end_ms ? LINLI_E_REFUSED : rv;
}

int grant_check(const struct root *root, const struct grant *g, const struct grant_source *source)
{
    struct grant said, issuer;
    struct certified bytes;
    uint64_t end_ms;
    int rv = take_apart(g->certificate, &said, &bytes);

    if (rv != LINLI_OK)
        return rv;
    if (!hash_equal(&said.network, &root->network))
        return LINLI_E_NETWORK;
    rv = issuer_check(root, &(struct issuer){said.by_root, said.root_version, said.issuer}, GRANT_CONTEXT, &bytes, source,
                      &issuer);
    if (rv != LINLI_OK || said.by_root)
        return rv;
    rv = check_below(&said, &issuer);
    if (rv == LINLI_OK)
        rv = chain_walk(&said, source, &end_ms);
    return rv == LINLI_OK ? grant_in_term(&issuer, source, said.issued_ms) : rv;
}

int grant_term(const struct grant *g, const struct grant_source *source, uint64_t *end_ms)
{
    return chain_walk(g, source, end_ms);
}
