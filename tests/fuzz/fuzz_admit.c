/*
 * fuzz: what a stranger shows at the door of a replica: a chain of certificates, a request to be enrolled under an open
 * invitation, certificates to learn; the first byte says which. Nobody is let in by bytes alone.
 */
#include "fuzz.h"

#include <linli/error.h>
#include <string.h>

#include "replica/replica.h"
#include "session/message.h"
#include "temporary.h"

#define NOW_MS UINT64_C(1767225600000)

static struct replica *replica;
static struct invitation invitation;

static uint64_t now(void *ctx)
{
    (void)ctx;
    return NOW_MS;
}

static void replica_make(void)
{
    static struct temporary folder;
    static struct rng_seeded seed;
    static const char *const addresses[] = {"192.0.2.1:4711"};
    struct replica_config config = {.clock = {now, NULL}};
    char dir[TEMPORARY_BYTES], uri[LINLI_URI_BYTES];

    CLAIM(crypto_start() == LINLI_OK);
    temporary_make(&folder);
    rng_seed(&seed, 1);
    config.rng = config.store.rng = rng_from(&seed);
    config.store.dir = temporary_path(&folder, "store", dir);
    config.store.map_bytes = 4 << 20;
    CLAIM(replica_create_root(&config, LINLI_COMMUNITY, "Made-up Lane", NULL, &replica) == LINLI_OK);
    struct linli_invite invite = {.scope = replica_identity(replica)->root_scope, .role = LINLI_CAPTAIN,
                                  .name = "Made-up Holder", .addresses = addresses, .address_count = 1};
    CLAIM(replica_invite(replica, &invite, uri) == LINLI_OK && invitation_parse(uri, &invitation) == LINLI_OK);
}

static void chain(span bytes)
{
    static const uint8_t stranger[KEY_BYTES] = {1};
    struct peer_access access;

    int rv = replica_peer_access(replica, stranger, bytes, &access);
    CLAIM(rv == LINLI_E_REFUSED || rv == LINLI_E_EXPIRED);
    peer_access_free(&access);
}

/* The first device that asks in the right words has it; nobody else gets it after that. */
static void request(span bytes)
{
    static uint8_t first[KEY_BYTES];
    static bool given;
    uint8_t key[KEY_BYTES] = {0};
    struct buf answer = {0};

    struct enrol_ask ask = {.secret = invitation.secret, .request = bytes};
    struct linli_enrol_request said;
    int rv = replica_enrol(replica, &ask, &answer, &said);
    if (rv == LINLI_OK) {
        CLAIM(enrol_decode(bytes, key) == LINLI_OK);
        CLAIM(!given || memcmp(first, key, KEY_BYTES) == 0);
        memcpy(first, key, KEY_BYTES);
        given = true;
        struct enrolled enrolled;
        CLAIM(enrolled_decode(buf_span(&answer), &enrolled) == LINLI_OK && enrolled.certificate_count > 0);
    } else {
        CLAIM(rv == LINLI_E_FORMAT || rv == LINLI_E_LIMIT || rv == LINLI_E_USED || rv == LINLI_E_REFUSED);
        CLAIM(answer.size == 0);
    }
    buf_free(&answer);
}

static void certificate(span bytes)
{
    size_t added = 0;

    (void)replica_grants_add(replica, &bytes, 1, &added);
    CLAIM(added == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (replica == NULL)
        replica_make();
    if (size == 0)
        return 0;
    span bytes = span_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0: chain(bytes); break;
    case 1: request(bytes); break;
    default: certificate(bytes); break;
    }
    return 0;
}
