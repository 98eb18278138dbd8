/* api: rights taken back, and rulings on what is set aside. */
#include "api/handle.h"

int linli_revoke(linli_store *store, const struct linli_revoke *revoke, struct linli_revoked *out)
{
    struct linli_revoked unasked;
    int rv;

    if (store == NULL || revoke == NULL || revoke->reason < LINLI_REASON_NONE || revoke->reason > LINLI_REASON_RETIRED)
        return LINLI_E_ARG;
    if (!id_is_zero(&revoke->scope) && !id_is_zero(&revoke->admit))
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_revoke(store->replica, revoke, out != NULL ? out : &unasked);
    return store_leave(store, rv);
}

int linli_aside_rule(linli_store *store, const struct linli_ruling *ruling, struct linli_ruled *out)
{
    struct linli_ruled unasked = {.done = 0};
    int rv;

    if (store == NULL || ruling == NULL)
        return LINLI_E_ARG;
    rv = store_enter(store, ENTER_WRITE);
    if (rv == LINLI_OK)
        rv = replica_rule(store->replica, ruling, out != NULL ? out : &unasked);
    return store_leave(store, rv);
}
