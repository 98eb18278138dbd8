/* api: one meeting with another replica, and joining through one. */
#include <linli/sync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/handle.h"
#include "node/node.h"

enum { ADDRESS_BYTES = 64, PORT_MAX = 65535 };

static bool options_good(const struct linli_sync_options *options)
{
    return options == NULL || options->size == sizeof(*options);
}

static struct linli_sync_options options_or_default(const struct linli_sync_options *options)
{
    return options != NULL ? *options : (struct linli_sync_options){.size = sizeof(*options)};
}

static int meet(linli_store *store, const char *host, unsigned port, const struct linli_sync_options *options,
                struct linli_session_report *report)
{
    struct linli_sync_options filled = options_or_default(options);
    struct linli_session_report unread;
    struct node_host door = {NULL, store_host_enter, store_host_leave, store};
    int rv = store_lend(store);

    if (rv != LINLI_OK)
        return rv;
    door.replica = store->replica;
    rv = node_sync(&door, host, port, &filled, report != NULL ? report : &unread);
    store_take_back(store);
    return rv == LINLI_OK ? rv : store_detail(store, rv, "the session with the other replica");
}

int linli_sync(linli_store *store, const char *host, unsigned port, const struct linli_sync_options *options,
               struct linli_session_report *report)
{
    if (report != NULL)
        memset(report, 0, sizeof(*report));
    if (store == NULL || host == NULL || port == 0 || port > PORT_MAX || !options_good(options))
        return LINLI_E_ARG;
    return meet(store, host, port, options, report);
}

/* Part "host:port" or "[host]:port" in place. False when it is neither. */
static bool address_split(char *address, char **host, unsigned *port)
{
    char *colon = strrchr(address, ':'), *end = NULL;
    unsigned long number;

    if (colon == NULL || colon[1] == '\0')
        return false;
    number = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || number == 0 || number > PORT_MAX)
        return false;
    *colon = '\0';
    *host = address;
    *port = (unsigned)number;
    if (address[0] == '[' && colon > address && colon[-1] == ']') {
        colon[-1] = '\0';
        *host = address + 1;
    }
    return true;
}

/* The device is enrolled and its store is made: nothing from here on may lose it. */
static void first_meeting(linli_store *store, char *address, const struct linli_sync_options *options,
                          struct linli_session_report *report)
{
    char text[96], *host = NULL;
    unsigned port = 0;
    int rv =
        address_split(address, &host, &port) ? meet(store, host, port, options, report) : LINLI_E_CONNECT;

    if (rv == LINLI_OK)
        return;
    snprintf(text, sizeof(text), "the device is enrolled, but the first sync did not settle: %s",
             linli_code_name(rv));
    store_detail(store, rv, text);
}

static int enrol(linli_store *store, const struct linli_options *store_options,
                 const struct invitation *invitation, const char *device_name,
                 const struct linli_sync_options *options, char address[ADDRESS_BYTES])
{
    struct linli_sync_options asked = options_or_default(options);
    struct enrolment enrolment = {.certificate_count = 0};
    struct arena arena = {0};
    struct replica *replica = NULL;
    int rv;

    if (store_exists(store->dir))
        return LINLI_E_EXISTS;
    if (invitation->expires_ms <= clock_now_ms(&store->config.clock))
        return LINLI_E_EXPIRED;
    rv = store_key(store, store_options,
                   true); /* before the network: a folder that cannot be made uses no invitation up */
    if (rv == LINLI_OK)
        rv = node_enrol(invitation, device_name, &store->config.rng, store->config.clock,
                        &asked, &arena, &enrolment, address);
    store->config.store.create = true;
    if (rv == LINLI_OK)
        rv = replica_create_joined(&store->config, &enrolment, &replica);
    store->config.store.create = false;
    if (rv == LINLI_OK)
        store_attach(store, replica);
    else if (rv != LINLI_E_EXISTS && rv != LINLI_E_BUSY)
        store_remove(store->dir);
    crypto_wipe(&enrolment, sizeof(enrolment));
    arena_free(&arena);
    return rv;
}

int linli_join(const struct linli_options *store_options, const char *uri, const char *device_name,
               const struct linli_sync_options *options, struct linli_session_report *report,
               linli_store **out)
{
    char address[ADDRESS_BYTES] = "";
    struct invitation invitation;
    linli_store *store = NULL;
    int rv;

    if (report != NULL)
        memset(report, 0, sizeof(*report));
    if (out == NULL || uri == NULL || !options_good(options))
        return LINLI_E_ARG;
    *out = NULL;
    rv = store_handle(store_options, &store);
    if (rv != LINLI_OK)
        return rv;
    rv = invitation_parse(uri, &invitation);
    if (rv == LINLI_OK)
        rv = enrol(store, store_options, &invitation, device_name == NULL ? "" : device_name, options,
                   address);
    crypto_wipe(&invitation, sizeof(invitation));
    if (rv != LINLI_OK) {
        store_handle_free(store);
        return rv;
    }
    first_meeting(store, address, options, report);
    *out = store;
    return LINLI_OK;
}
