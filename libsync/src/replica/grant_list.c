/* replica: the grants held, with the names that their records give, as far as these may be read here. */
#include <string.h>

#include "auth/certificate.h"
#include "base/check.h"
#include "replica/reading.h"

struct naming {
    struct replica *r;
    struct store_txn *txn;
    struct arena arena;
    linli_grant_fn fn;
    void *ctx;
    int rv;
};

/* A text field of the grant's record; "" when it is not there. In the arena. */
static int name_field(struct naming *n, const struct record_state *state, linli_field number,
                      const char **out)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(TYPE_GRANT);
    const struct linli_schema_field *field = linli_schema_field_by_number(type, number);
    const struct group_state *g = record_group(state, schema_group_of(field));
    struct group_reading reading = {0};
    struct linli_value value = {.kind = LINLI_KIND_NIL};
    span item = {NULL, 0};
    char *text;
    int rv = g == NULL ? LINLI_OK : reading_group(&n->arena, g, &n->r->names, &reading);

    *out = "";
    if (rv == LINLI_OK && reading.count > 0)
        item = reading_field(reading.values[0]->bytes, number);
    if (rv != LINLI_OK || item.at == NULL || value_read(item, field, &value) != LINLI_OK ||
        value.kind != LINLI_KIND_TEXT)
        return rv;
    text = arena_alloc(&n->arena, value.bytes.size + 1);
    if (text == NULL)
        return LINLI_E_NOMEM;
    if (value.bytes.size > 0)
        memcpy(text, value.bytes.at, value.bytes.size);
    *out = text;
    return LINLI_OK;
}

/* The holder's name, else the device's. */
static int grant_name(struct naming *n, const struct grant *g, const char **out)
{
    struct record_state state = {0};
    linli_id record;
    uint32_t scope;
    int rv;

    *out = "";
    grant_record_id(&g->id, &record);
    rv = scope_number(n->txn, &g->scope, &scope);
    if (rv == LINLI_OK)
        rv = view_load(n->txn, &n->arena, scope, &record, &state);
    if (rv != LINLI_OK)
        return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
    rv = name_field(n, &state, GRANT_NAME, out);
    if (rv == LINLI_OK && (*out)[0] == '\0')
        rv = name_field(n, &state, GRANT_DEVICE, out);
    return rv;
}

int grant_holder(struct replica *r, struct store_txn *txn, struct arena *a, const struct grant *g, const char **out)
{
    struct naming n = {.r = r, .txn = txn, .arena = *a};
    int rv = grant_name(&n, g, out);

    *a = n.arena;
    return rv;
}

static bool grant_tell(void *ctx, const linli_hash *id, span certificate)
{
    struct naming *n = ctx;
    struct linli_grant out = {.id = *id};
    struct grant g;
    bool usable;

    if (certificate_kind(certificate) != STATEMENT_GRANT)
        return true;
    arena_reset(&n->arena);
    n->rv = grant_decode(certificate, &g);
    if (n->rv != LINLI_OK)
        n->rv = LINLI_E_CORRUPT;
    else
        n->rv = grant_name(n, &g, &out.name);
    if (n->rv != LINLI_OK)
        return false;
    out.scope = g.scope;
    out.role = (enum linli_role)g.role;
    out.rights = g.rights;
    memcpy(out.device, g.subject, sizeof(out.device));
    out.issued_ms = g.issued_ms;
    out.expires_ms = g.expires_ms;
    out.by_root = g.by_root;
    n->rv = standing_usable(n->txn, &g, &usable);
    if (n->rv != LINLI_OK)
        return false;
    out.revoked = !usable;
    return n->fn(n->ctx, &out);
}

int replica_grant_each(struct replica *r, linli_grant_fn fn, void *ctx)
{
    struct naming n = {.r = r, .fn = fn, .ctx = ctx, .rv = LINLI_OK};
    int rv = store_begin(r->store, false, &n.txn);

    if (rv == LINLI_OK)
        rv = grant_row_each(n.txn, NULL, grant_tell, &n);
    rv = store_end(n.txn, rv);
    arena_free(&n.arena);
    return rv == LINLI_OK ? n.rv : rv;
}

/* Copy as much as fits, not cutting a character in two. */
static void text_fit(const char *text, char *out, size_t size)
{
    size_t length = strlen(text);

    ALWAYS(size > 0);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

int replica_device_name(struct replica *r, const uint8_t device[32], char *out, size_t size)
{
    struct naming n = {.r = r};
    struct grant g;
    const char *name = "";
    span ids = {NULL, 0}, certificate;
    int rv = store_begin(r->store, false, &n.txn);

    if (rv == LINLI_OK)
        rv = authority_of_device(n.txn, device, &ids);
    for (size_t at = ids.size; at >= HASH_BYTES && rv == LINLI_OK && name[0] == '\0'; at -= HASH_BYTES) {
        linli_hash id;
        memcpy(id.b, ids.at + at - HASH_BYTES, HASH_BYTES);
        rv = grant_row_get(n.txn, &id, &certificate);
        if (rv == LINLI_OK)
            rv = grant_decode(certificate, &g);
        if (rv == LINLI_OK)
            rv = grant_name(&n, &g, &name);
    }
    if (rv == LINLI_OK)
        text_fit(name, out, size);
    rv = store_end(n.txn, rv);
    arena_free(&n.arena);
    return rv;
}
