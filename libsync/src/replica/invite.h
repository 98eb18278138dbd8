/* replica: invitations as the node keeps them (invite.c), for those who let a device in by one (enrol.c). */
#ifndef LINLI_REPLICA_INVITE_H
#define LINLI_REPLICA_INVITE_H

#include "replica/internal.h"

enum { INVITE_NAME_BYTES_MAX = 256 };

/* Text is lent by the note that it was read from. */
struct invited {
    uint8_t secret[32];
    linli_id scope;
    unsigned role;
    uint64_t expires_ms;
    span name, addresses;          /* addresses: a MessagePack array of text */
    bool bound;                    /* a device has used it: */
    uint8_t device[KEY_BYTES];
    linli_hash grant;
    bool confirm;                  /* somebody compares digits first */
    bool blind;                    /* without the rights to open sealed classes */
    unsigned asked;                /* handshakes that were shown digits so far */
};

/* The name that an invitation's note has: a hash of the secret. */
void invite_key(const uint8_t secret[32], linli_id *key);
/* LINLI_OK; LINLI_E_NOT_FOUND; LINLI_E_EXPIRED with `out` filled all the same. In w->arena. */
int invite_get(struct work *w, const linli_id *key, struct invited *out);
int invite_keep(struct work *w, const struct invited *v);
int invite_drop(struct work *w, const linli_id *key);
/* What its device is granted. */
int invite_rights(struct work *w, const struct invited *v, unsigned *rights);

/* Grant what the invitation says to the device that asked. LINLI_E_USED, LINLI_E_EXPIRED, LINLI_E_NOT_FOUND. */
int enrol_confirm(struct replica *r, const linli_id *invite, span request);

/* --- pending.c: who waits until the digits have been compared; in memory, as a line that is open is --- */
/* In place of what the same device asked before. LINLI_E_LIMIT: too many wait. */
int pending_put(struct replica *r, const linli_id *invite, const struct linli_enrol_request *said, span request, span name,
                span device_name);
bool pending_has(const struct replica *r, const uint8_t device[KEY_BYTES]);

#endif
