/* api: scopes, invitations, grants. */
#include "api/handle.h"

#include "base/mem.h"

static bool spec_good(const struct linli_scope_spec *spec)
{
    return spec->name != NULL && spec->name[0] != '\0' && spec->kind >= LINLI_CITY &&
           spec->kind <= LINLI_PATCH;
}

int linli_scope_add_many(linli_store *store, const linli_id *parents, const struct linli_scope_spec *specs,
                         size_t count, linli_id *ids)
{
    int rv;

    if (store == NULL || (count > 0 && (parents == NULL || specs == NULL || ids == NULL)))
        return LINLI_E_ARG;
    for (size_t i = 0; i < count; i++)
        if (!spec_good(&specs[i]))
            return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK && count > 0)
        rv = replica_scope_add(store->replica, parents, specs, count, ids);
    return store_leave(store, rv);
}

int linli_scope_add(linli_store *store, const linli_id *parent, const struct linli_scope_spec *spec,
                    linli_id *id)
{
    return linli_scope_add_many(store, parent, spec, 1, id);
}

int linli_scope_each(linli_store *store, linli_scope_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_scope_each(store->replica, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_scope_find(linli_store *store, const char *text, linli_id *id)
{
    int rv;

    if (store == NULL || text == NULL || id == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_scope_find(store->replica, text, id);
    return store_leave(store, rv);
}

int linli_enrol_each(linli_store *store, linli_enrol_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_enrol_each(store->replica, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_enrol_confirm(linli_store *store, unsigned code)
{
    int rv;

    if (store == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_enrol_confirm(store->replica, code);
    return store_leave(store, rv);
}

int linli_enrol_reject(linli_store *store, unsigned code)
{
    int rv;

    if (store == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_enrol_reject(store->replica, code);
    return store_leave(store, rv);
}

int linli_invite_create(linli_store *store, const struct linli_invite *invite, char *uri)
{
    int rv;

    if (store == NULL || invite == NULL || uri == NULL ||
        (invite->address_count > 0 && invite->addresses == NULL) || invite->role < LINLI_NODE ||
        invite->role > LINLI_VIEWER)
        return LINLI_E_ARG;
    for (size_t i = 0; i < invite->address_count; i++)
        if (invite->addresses[i] == NULL)
            return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_invite(store->replica, invite, uri);
    return store_leave(store, rv);
}

int linli_grant_each(linli_store *store, linli_grant_fn fn, void *ctx)
{
    int rv;

    if (store == NULL || fn == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK) {
        store_calls(store);
        rv = replica_grant_each(store->replica, fn, ctx);
        store_called(store);
    }
    return store_leave(store, rv);
}

int linli_device_name(linli_store *store, const uint8_t device[32], char *out, size_t size)
{
    int rv;

    if (store == NULL || device == NULL || out == NULL || size == 0)
        return LINLI_E_ARG;
    out[0] = '\0';
    rv = store_enter(store, ENTER_READ);
    if (rv == LINLI_OK)
        rv = replica_device_name(store->replica, device, out, size);
    return store_leave(store, rv);
}
