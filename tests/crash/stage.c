/* crash tests: the stores that every run starts from, and short ways to open, copy and look them over. */
#include "crash.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t store_key[LINLI_KEY_BYTES] = "a key of the crash tests";

struct server {
    linli_node *node;
    pthread_t thread;
};

void path_join(char out[PATH_BYTES], const char *dir, const char *name)
{
    if (snprintf(out, PATH_BYTES, "%s/%s", dir, name) >= PATH_BYTES)
        broken("%s: the path is too long", dir);
}

/* --- files --- */

void folder_remove(const char *dir)
{
    DIR *open = opendir(dir);

    if (open == NULL)
        return;
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        char path[PATH_BYTES];
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        path_join(path, dir, entry->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            folder_remove(path);
        else
            unlink(path);
    }
    closedir(open);
    rmdir(dir);
}

static void file_copy(const char *from, const char *to)
{
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t got = 0;

    if (in < 0)
        broken("%s: cannot be read", from);
    while (out >= 0 && (got = read(in, bytes, sizeof(bytes))) > 0)
        if (write(out, bytes, (size_t)got) != got)
            broken("%s: cannot be written", to);
    if (out < 0 || got < 0)
        broken("%s: cannot be copied to %s", from, to);
    close(in);
    close(out);
}

void store_copy(const char *from, const char *to)
{
    DIR *open = opendir(from);

    folder_remove(to);
    if (open == NULL || mkdir(to, 0700) != 0)
        broken("%s: cannot be copied to %s", from, to);
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        char source[PATH_BYTES], target[PATH_BYTES];
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock.mdb") == 0 || strcmp(entry->d_name, "reserve") == 0)
            continue; /* LMDB makes the lock file anew; what a copy on a small disk keeps back is for the store to say */
        path_join(source, from, entry->d_name);
        path_join(target, to, entry->d_name);
        file_copy(source, target);
    }
    closedir(open);
}

/* --- stores --- */

struct linli_options store_options(const char *dir)
{
    return (struct linli_options){.size = sizeof(struct linli_options), .dir = dir, .key = store_key,
                                  .map_bytes = MAP_BYTES};
}

int store_try_open(const char *dir, linli_store **out)
{
    struct linli_options options = store_options(dir);

    return linli_store_open(&options, out);
}

linli_store *store_must_open(const char *dir)
{
    linli_store *store = NULL;
    int rv = store_try_open(dir, &store);

    if (rv != LINLI_OK)
        broken("%s does not open: %s", dir, linli_code_name(rv));
    return store;
}

static void bad(void *ctx, const struct linli_bad *found)
{
    printf("    %s: bad %s, seq %llu\n", (const char *)ctx, found->what, (unsigned long long)found->seq);
}

int store_verify(linli_store *store, const char *what)
{
    struct linli_verify verify = {.on_bad = bad, .ctx = (void *)(uintptr_t)what};

    return linli_store_verify(store, &verify) == LINLI_OK && verify.bad == 0 ? 0 : 1;
}

void store_must_verify(linli_store *store, const char *what)
{
    if (store_verify(store, what) != 0)
        broken("%s: the store does not verify", what);
}

/* --- a node in a thread --- */

static void *serve(void *ctx)
{
    struct server *server = ctx;

    (void)linli_node_run(server->node);
    return NULL;
}

struct server *server_start(linli_store *store, unsigned *port)
{
    struct linli_node_options options = {.size = sizeof(options), .listen = "127.0.0.1:0"};
    struct server *server = calloc(1, sizeof(*server));
    int rv = server == NULL ? LINLI_E_NOMEM : linli_node_new(store, &options, &server->node);

    if (rv != LINLI_OK || pthread_create(&server->thread, NULL, serve, server) != 0)
        broken("a node does not start: %s", linli_code_name(rv));
    *port = (unsigned)strtoul(strrchr(linli_node_address(server->node), ':') + 1, NULL, 10);
    return server;
}

void server_stop(struct server *server)
{
    linli_node_stop(server->node);
    pthread_join(server->thread, NULL);
    linli_node_free(server->node);
    free(server);
}

static linli_store *found(struct stage *stage)
{
    struct linli_options options = store_options(stage->office);
    struct linli_scope_spec spec = {.name = "Building 1", .kind = LINLI_PATCH};
    struct linli_status status;
    linli_store *store = NULL;
    int rv = linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store);

    if (rv == LINLI_OK)
        rv = linli_store_status(store, &status);
    if (rv == LINLI_OK)
        rv = linli_scope_add(store, &status.root_scope, &spec, &stage->patch);
    if (rv != LINLI_OK)
        broken("the office's store is not made: %s", linli_code_name(rv));
    stage->community = status.root_scope;
    return store;
}

void stage_make(struct stage *stage, const char *work)
{
    char uri[LINLI_URI_BYTES], address[64];
    const char *addresses[] = {address};
    struct linli_invite invite = {.role = LINLI_CAPTAIN, .name = "made-up captain", .addresses = addresses,
                                  .address_count = 1};
    struct linli_session_report report = {.settled = false};
    linli_store *captain = NULL;
    unsigned port = 0;

    path_join(stage->office, work, "stage-office");
    path_join(stage->captain, work, "stage-captain");
    folder_remove(stage->office);
    folder_remove(stage->captain);
    linli_store *office = found(stage);
    struct server *server = server_start(office, &port);
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    invite.scope = stage->patch;
    struct linli_options options = store_options(stage->captain);
    int rv = linli_invite_create(office, &invite, uri);
    if (rv == LINLI_OK)
        rv = linli_join(&options, uri, "made-up telephone", NULL, &report, &captain);
    if (rv != LINLI_OK || !report.settled)
        broken("the captain does not join: %s", linli_code_name(rv));
    server_stop(server);
    linli_store_close(captain);
    linli_store_close(office);
}
