/* Command line, peers: the last meeting with each replica, written whole to a new file and renamed. */
#include "peers.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "dates.h"
#include "output.h"
#include "store_open.h"

enum { PEERS_MAX = 64, PATH_BYTES = 4200 };

static bool path_of(const struct context *ctx, const char *name, char *path)
{
    int size = snprintf(path, PATH_BYTES, "%s/%s", ctx->store_dir, name);
    return size > 0 && size < PATH_BYTES;
}

json_t *peers_read(const struct context *ctx)
{
    char path[PATH_BYTES];
    json_t *peers = path_of(ctx, "peers.json", path) ? json_load_file(path, 0, NULL) : NULL;
    if (json_is_array(peers))
        return peers;
    json_decref(peers);
    return json_array();
}

/* Where others were met is nobody else's business. */
static bool write_fresh(const json_t *peers, const char *path)
{
    unlink(path); /* left by a process that was cut off */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL; /* one write: a node does this at the end of each session */
    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool good = json_dumpf(peers, file, JSON_COMPACT) == 0;
    return fclose(file) == 0 && good;
}

static pthread_mutex_t noting = PTHREAD_MUTEX_INITIALIZER; /* serve's loop and the verbs that it runs for others */

void peers_note(const struct context *ctx, const char *address, const struct linli_session_report *report)
{
    char path[PATH_BYTES], fresh[PATH_BYTES], peer[OUTPUT_DOT_BYTES], last[DATES_TIME_BYTES];
    pthread_mutex_lock(&noting);
    json_t *peers = peers_read(ctx), *kept = NULL;
    output_author(&report->peer, peer);
    for (size_t i = json_array_size(peers); i-- > 0;) {
        json_t *entry = json_array_get(peers, i);
        const char *known = json_string_value(json_object_get(entry, "peer"));
        if (known != NULL && strcmp(known, peer) != 0)
            continue;
        if (address == NULL && kept == NULL) /* it called us: keep where it can be reached, if that is known */
            kept = json_incref(json_object_get(entry, "address"));
        json_array_remove(peers, i);
    }
    while (json_array_size(peers) >= PEERS_MAX)
        json_array_remove(peers, 0);
    json_t *entry = json_pack("{s:o, s:s, s:s, s:b}", "address",
                              address != NULL ? json_string(address) : kept != NULL ? json_incref(kept) : json_null(),
                              "peer", peer, "last", dates_write_time((int64_t)store_now_ms(), last), "settled",
                              report->settled ? 1 : 0);
    bool good = json_array_append_new(peers, entry) == 0 && path_of(ctx, "peers.json", path) &&
                path_of(ctx, "peers.json.new", fresh);
    if (good && (!write_fresh(peers, fresh) || rename(fresh, path) != 0))
        unlink(fresh);
    json_decref(kept);
    json_decref(peers);
    pthread_mutex_unlock(&noting);
}
