/* replica: what the root says, in the words that applications are told. Pure. */
#include "replica/ceremony.h"

#include <string.h>

void root_public(const struct root_document *document, struct linli_root *out)
{
    *out = (struct linli_root){.version = document->version, .threshold = document->threshold,
                               .key_count = document->key_count, .oldest = document->oldest};
    memcpy(out->keys, document->keys, sizeof(out->keys));
}

static bool grant_item(span certificate, struct linli_root_item *out)
{
    struct grant g;

    if (grant_decode(certificate, &g) != LINLI_OK || !g.by_root)
        return false;
    *out = (struct linli_root_item){.act = LINLI_ROOT_GRANT, .id = g.id, .under = g.root_version, .issued_ms = g.issued_ms,
                                    .scope = g.scope, .role = (enum linli_role)g.role, .rights = g.rights,
                                    .expires_ms = g.expires_ms};
    memcpy(out->device, g.subject, KEY_BYTES);
    return true;
}

static size_t rows(span array)
{
    struct reader r;

    reader_start(&r, array);
    return reader_array(&r, SIZE_MAX);
}

static void revocation_item(const struct revocation *said, struct linli_root_item *out)
{
    out->act = LINLI_ROOT_REVOKE;
    memcpy(out->device, said->device, KEY_BYTES);
    out->scope = said->head.scope;
    out->reason = said->reason <= REASON_RETIRED ? (enum linli_reason)said->reason : LINLI_REASON_NONE;
    out->count = rows(said->cuts);
    out->strict = said->strict;
}

static void affirmation_item(const struct affirmation *said, struct linli_root_item *out)
{
    struct reader r;

    _Static_assert(LINLI_ROOT_AFFIRMED_MAX >= LIMIT_STATEMENT_BYTES / (HASH_BYTES + 2), "all that a certificate has room for");
    out->act = LINLI_ROOT_AFFIRM;
    reader_start(&r, said->ids);
    out->count = reader_array(&r, LINLI_ROOT_AFFIRMED_MAX);
    for (size_t i = 0; i < out->count; i++)
        reader_fixed(&r, out->affirmed[i].b, HASH_BYTES);
}

bool root_item(span certificate, struct linli_root_item *out)
{
    struct revocation revocation;
    struct root_version version;
    struct affirmation affirmation;
    struct statement st;

    if (certificate_kind(certificate) == STATEMENT_GRANT)
        return grant_item(certificate, out);
    if (statement_decode(certificate, &st) != LINLI_OK || !st.by_root)
        return false;
    *out = (struct linli_root_item){.act = LINLI_ROOT_OTHER, .id = st.id, .under = st.root_version, .issued_ms = st.issued_ms};
    if (revocation_decode(certificate, &revocation) == LINLI_OK) {
        revocation_item(&revocation, out);
    } else if (root_version_decode(certificate, &version) == LINLI_OK) {
        out->act = LINLI_ROOT_VERSION;
        root_public(&version.document, &out->root);
        out->count = version.signers;
    } else if (affirmation_decode(certificate, &affirmation) == LINLI_OK) {
        affirmation_item(&affirmation, out);
    }
    return true;
}
