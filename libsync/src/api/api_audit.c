/* api: who makes calls and why, and what was recorded of them. */
#include "api/handle.h"

#include <string.h>

#include "codec/scan.h"

/* Copy a text that may be NULL. `most`: bytes beside its NUL. */
static int text_take(const char *text, char *out, size_t most)
{
    size_t size = text == NULL ? 0 : strlen(text);

    if (size > most)
        return LINLI_E_LIMIT;
    if (!utf8_valid(span_of(text, size)))
        return LINLI_E_FORMAT;
    if (size > 0)
        memcpy(out, text, size);
    out[size] = '\0';
    return LINLI_OK;
}

int linli_audit_actor(linli_store *store, const struct linli_actor *actor)
{
    struct audit_actor is;
    int rv;

    if (store == NULL || actor == NULL)
        return LINLI_E_ARG;
    is.bulk = actor->bulk;
    rv = text_take(actor->name, is.name, ACTOR_NAME_BYTES);
    if (rv == LINLI_OK)
        rv = text_take(actor->reason, is.reason, ACTOR_REASON_BYTES);
    if (rv == LINLI_OK)
        store_actor(store, &is);
    return rv;
}

int linli_audit_note(linli_store *store, const struct linli_audit_note *note)
{
    char format[ACTOR_NAME_BYTES + 1];
    struct linli_audit_note kept;
    int rv;

    if (store == NULL || note == NULL || note->act != LINLI_AUDIT_EXPORT)
        return LINLI_E_ARG;
    rv = text_take(note->format, format, ACTOR_NAME_BYTES);
    if (rv != LINLI_OK)
        return rv;
    kept = *note;
    kept.format = format;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_audit_note(store->replica, &kept);
    return store_leave(store, rv);
}

int linli_audit_each(linli_store *store, const struct linli_audit_query *query, linli_audit_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || query == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_audit_each(store->replica, query, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}
