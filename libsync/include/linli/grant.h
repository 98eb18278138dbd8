/** Scopes, invitations, grants: who may do what, where. */
#ifndef LINLI_GRANT_H
#define LINLI_GRANT_H

#include <linli/store.h>

#ifdef __cplusplus
extern "C" {
#endif

enum linli_role { LINLI_NODE = 1, LINLI_CLERK, LINLI_CAPTAIN, LINLI_VIEWER };

/** What a new scope is called. `name` is required; the others may be NULL or 0. */
struct linli_scope_spec {
    const char *name;
    enum linli_scope_kind kind;
    const char *division;   /**< 12-digit code */
    unsigned style;         /**< choice number of scope.style */
    const char *urban_rural;
};
/** Add one scope below `parent`. LINLI_E_REFUSED without the right to manage there; LINLI_E_EXISTS for a sibling of that name. */
LINLI_API int linli_scope_add(linli_store *store, const linli_id *parent, const struct linli_scope_spec *spec, linli_id *id);
/** The same for many, in as few changesets as fit; parents[i] may be an id that an earlier entry of this call was given. */
LINLI_API int linli_scope_add_many(linli_store *store, const linli_id *parents, const struct linli_scope_spec *specs,
                                   size_t count, linli_id *ids);

struct linli_scope {
    linli_id id, parent;     /**< parent is zero for the root */
    enum linli_scope_kind kind;
    const char *name;        /**< "" when its record is not held. Borrowed for the call */
    const char *path;        /**< names from the root, joined by '/' */
    const char *division;
    unsigned style, depth;
    uint64_t households, residents; /**< kept here, in it and below it */
};
typedef bool (*linli_scope_fn)(void *ctx, const struct linli_scope *scope);
/** Every scope held, parents before children, siblings by division code then name. */
LINLI_API int linli_scope_each(linli_store *store, linli_scope_fn fn, void *ctx);
/** By full id, unique id prefix, or path such as `昆明市/官渡区`. LINLI_E_NOT_FOUND; LINLI_E_EXISTS when ambiguous. */
LINLI_API int linli_scope_find(linli_store *store, const char *text, linli_id *id);

struct linli_invite {
    linli_id scope;
    enum linli_role role;
    const char *name;             /**< of the holder to be; personal, kept in the scope */
    uint64_t expires_ms;          /**< wall clock; 0 = 24 hours from now */
    const char *const *addresses; /**< host:port where this node listens */
    size_t address_count;
    bool confirm;                 /**< a device that comes with it waits for linli_enrol_confirm */
    bool blind;                   /**< without the right to open sealed fields: for a node that only keeps and passes on */
};
/** A one-time invitation. `uri` takes LINLI_URI_BYTES. LINLI_E_REFUSED without the right to manage the scope. */
enum { LINLI_URI_BYTES = 1024 };
LINLI_API int linli_invite_create(linli_store *store, const struct linli_invite *invite, char *uri);

/** A device that waits until somebody has compared the digits that its screen and the node's show. */
struct linli_enrol_request {
    unsigned code;                /**< six digits, "%06u": of this handshake, so others when it connects anew */
    uint8_t device[32];           /**< its signing key */
    enum linli_role role;         /**< that the invitation is for */
    linli_id scope;
    const char *name;             /**< whom the invitation was made for; personal. Borrowed for the call */
    const char *device_name;      /**< what the device calls itself */
    uint64_t since_ms, expires_ms;
};
typedef bool (*linli_enrol_fn)(void *ctx, const struct linli_enrol_request *request);
/** Those that wait at this process's node, in the order in which they came. */
LINLI_API int linli_enrol_each(linli_store *store, linli_enrol_fn fn, void *ctx);
/**
 * The device that shows these digits may come in: its invitation's grant is issued.
 * Returns: LINLI_OK; LINLI_E_NOT_FOUND (nobody waits with these digits); LINLI_E_EXISTS (two do: let both connect anew);
 *          LINLI_E_EXPIRED, LINLI_E_USED, LINLI_E_REFUSED (this device may not grant that any more), LINLI_E_DISK, ...
 */
LINLI_API int linli_enrol_confirm(linli_store *store, unsigned code);
/** It may not, and its invitation is void for everybody: somebody has it who should not. As linli_enrol_confirm. */
LINLI_API int linli_enrol_reject(linli_store *store, unsigned code);

struct linli_grant {
    linli_hash id;
    linli_id scope;
    enum linli_role role;
    unsigned rights;              /**< bits 0-2 read, 3-5 write public/personal/sensitive, 6 manage, 6 + k open sealed class k */
    uint8_t device[32];           /**< signing key of the device */
    const char *name;             /**< "" when it may not be read here */
    uint64_t issued_ms, expires_ms;
    bool by_root;
    bool revoked;                 /**< it does not stand any more */
};
typedef bool (*linli_grant_fn)(void *ctx, const struct linli_grant *grant);
LINLI_API int linli_grant_each(linli_store *store, linli_grant_fn fn, void *ctx);
/** The name a device was granted under, for showing who wrote: "" when unknown. `out` takes `size` bytes with its NUL. */
LINLI_API int linli_device_name(linli_store *store, const uint8_t device[32], char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
