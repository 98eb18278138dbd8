/* Command line, `linli backup` and `linli restore`: a store as one sealed file, and a store made from one. */
#define _GNU_SOURCE /* strptime, timegm */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "output.h"
#include "progress.h"
#include "store_key.h"
#include "store_open.h"
#include "verbs.h"

/* linli-DEVICE-TIME.backup: of one device, the order of names is the order in which they were made. */
static const char prefix[] = "linli-", suffix[] = ".backup";
enum { DEVICE_DIGITS = 8, TIME_CHARACTERS = 16, NAME_BYTES = 6 + DEVICE_DIGITS + 1 + TIME_CHARACTERS + 7 + 1, KEEP_MOST = 10000 };

static bool is_backup(const char *name)
{
    return strlen(name) == NAME_BYTES - 1 && strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
           strcmp(name + NAME_BYTES - sizeof(suffix), suffix) == 0;
}

static bool same_device(const char *a, const char *b)
{
    return strncmp(a, b, sizeof(prefix) - 1 + DEVICE_DIGITS) == 0;
}

/* ---- the folder ---- */

struct folder {
    struct context *ctx;
    char *path;
    int fd;
};

static int folder_fault(const struct folder *folder)
{
    return fail(folder->ctx, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, folder->path, _("check the folder and the disk"), "%s",
                strerror(errno));
}

static int folder_begin(struct context *ctx, bool make, struct folder *folder)
{
    *folder = (struct folder){.ctx = ctx, .path = context_path(ctx, ctx->options.args[0]), .fd = -1};
    if (folder->path == NULL)
        return fail_memory(ctx);
    if (make)
        (void)mkdir(folder->path, 0700);
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->fd < 0 ? folder_fault(folder) : STATUS_DONE;
}

static void folder_end(struct folder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    free(folder->path);
}

struct names {
    char (*at)[NAME_BYTES];
    size_t count, room;
};

static bool names_add(struct names *names, const char *name)
{
    if (names->count == names->room) {
        size_t room = names->room == 0 ? 64 : 2 * names->room;
        char(*larger)[NAME_BYTES] = realloc(names->at, room * sizeof(*larger));
        if (larger == NULL)
            return false;
        names->at = larger;
        names->room = room;
    }
    memcpy(names->at[names->count++], name, NAME_BYTES);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The backups in it, by name. */
static int names_read(const struct folder *folder, struct names *out)
{
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool memory = true;
    if (dir == NULL)
        return folder_fault(folder);
    for (const struct dirent *entry; memory && (entry = readdir(dir)) != NULL;)
        memory = !is_backup(entry->d_name) || names_add(out, entry->d_name);
    closedir(dir);
    if (!memory)
        return fail_memory(folder->ctx);
    if (out->count > 0)
        qsort(out->at, out->count, sizeof(*out->at), by_name);
    return STATUS_DONE;
}

/* ---- files ---- */

struct writing {
    int fd;
    struct progress progress;
    uint64_t bytes;
};

static int write_piece(void *at, const void *bytes, size_t size)
{
    struct writing *w = at;
    const char *from = bytes;
    for (size_t left = size; left > 0;) {
        ssize_t written = write(w->fd, from, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return errno == ENOSPC || errno == EDQUOT ? LINLI_E_FULL : LINLI_E_DISK;
        from += written;
        left -= (size_t)written;
    }
    w->bytes += size;
    return progress_at(&w->progress, w->bytes) ? LINLI_OK : LINLI_E_CANCELLED;
}

static int read_piece(void *at, uint64_t from, void *bytes, size_t *size)
{
    const int *fd = at;
    size_t got = 0;
    while (got < *size) {
        ssize_t n = pread(*fd, (char *)bytes + got, *size - got, (off_t)(from + got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return LINLI_E_DISK;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    *size = got;
    return LINLI_OK;
}

static json_t *told_json(const struct linli_backup_report *told, const char *path)
{
    char author[OUTPUT_DOT_BYTES], network[OUTPUT_HEX_BYTES], digest[OUTPUT_HEX_BYTES];
    output_hex(told->network.b, sizeof(told->network.b), network);
    output_hex(told->digest.b, sizeof(told->digest.b), digest);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "file", path, "device", output_author(&told->device, author), "network",
                     network, "changesets", (json_int_t)told->changesets, "certificates", (json_int_t)told->certificates, "bytes",
                     (json_int_t)told->bytes, "digest", digest);
}

/* ---- backup ---- */

/* Whole under its name, and read again, or not there. */
static int write_named(const struct folder *folder, const char *name, struct linli_backup_report *told)
{
    struct context *ctx = folder->ctx;
    char fresh[NAME_BYTES + 4];
    struct writing w = {.bytes = 0};
    struct linli_backup_report again;
    snprintf(fresh, sizeof(fresh), "%s.new", name);
    (void)unlinkat(folder->fd, fresh, 0); /* of one that was cut off */
    w.fd = openat(folder->fd, fresh, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w.fd < 0)
        return folder_fault(folder);
    progress_begin(&w.progress, ctx, _("Writing"), 0);
    int rc = linli_store_backup(ctx->store, write_piece, &w, told);
    progress_end(&w.progress);
    const struct linli_backup_source source = {read_piece, &w.fd};
    if (rc == LINLI_OK && fsync(w.fd) != 0)
        rc = LINLI_E_DISK;
    if (rc == LINLI_OK)
        rc = linli_backup_check(ctx->store, &source, &again);
    if (close(w.fd) != 0 && rc == LINLI_OK)
        rc = LINLI_E_DISK;
    if (rc == LINLI_OK && (renameat(folder->fd, fresh, folder->fd, name) != 0 || fsync(folder->fd) != 0))
        rc = LINLI_E_DISK;
    if (rc != LINLI_OK)
        (void)unlinkat(folder->fd, fresh, 0);
    return fail_code(ctx, folder->path, rc);
}

/* The oldest of this device go, all but so many. */
static int thin(const struct folder *folder, const char *name, unsigned long keep, size_t *deleted)
{
    struct names names = {.count = 0};
    int status = names_read(folder, &names);
    size_t of_device = 0;
    for (size_t i = 0; i < names.count; i++)
        of_device += same_device(names.at[i], name);
    for (size_t i = 0; status == STATUS_DONE && i < names.count && of_device > keep; i++) {
        if (!same_device(names.at[i], name))
            continue;
        of_device--;
        if (unlinkat(folder->fd, names.at[i], 0) != 0)
            status = folder_fault(folder);
        else
            ++*deleted;
    }
    free(names.at);
    return status;
}

static int print_backup(const struct folder *folder, const char *name, const struct linli_backup_report *told, size_t deleted)
{
    struct context *ctx = folder->ctx;
    char *path = store_path(folder->path, name);
    int status = path == NULL ? fail_memory(ctx) : STATUS_DONE;
    if (status == STATUS_DONE && ctx->json) {
        json_t *json = told_json(told, path);
        if (json != NULL)
            json_object_set_new(json, "deleted", json_integer((json_int_t)deleted));
        status = output_json(ctx, json);
    } else if (status == STATUS_DONE) {
        fprintf(ctx->out, "%s\n", path);
        fprintf(ctx->out, _("%llu changesets in %llu bytes, read again and found whole\n"), (unsigned long long)told->changesets,
                (unsigned long long)told->bytes);
    }
    free(path);
    return status;
}

static void name_at(const uint8_t key[32], time_t seconds, char name[NAME_BYTES])
{
    char device[OUTPUT_HEX_BYTES], when[TIME_CHARACTERS + 1];
    struct tm utc;
    output_hex(key, 32, device);
    gmtime_r(&seconds, &utc);
    (void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc); /* of a year with four digits, which is all that --now reads */
    snprintf(name, NAME_BYTES, "%s%.8s-%.16s%s", prefix, device, when, suffix);
}

static time_t time_in(const char *name)
{
    struct tm utc = {.tm_isdst = 0};
    return strptime(name + sizeof(prefix) + DEVICE_DIGITS, "%Y%m%dT%H%M%SZ", &utc) != NULL ? timegm(&utc) : 0;
}

/* The order of names is that in which they were made, whatever the clock says today: behind the newest that is there. */
static int name_make(const struct folder *folder, const struct linli_status *is, char name[NAME_BYTES])
{
    struct names names = {.count = 0};
    int status = names_read(folder, &names);
    name_at(is->replica.key, (time_t)(store_now_ms() / 1000), name);
    for (size_t i = names.count; i-- > 0 && status == STATUS_DONE;)
        if (same_device(names.at[i], name) && strcmp(names.at[i], name) >= 0) {
            name_at(is->replica.key, time_in(names.at[i]) + 1, name);
            break;
        }
    free(names.at);
    return status;
}

static bool read_keep(const char *told, unsigned long *keep)
{
    char *end = NULL;
    *keep = told != NULL && told[0] >= '0' && told[0] <= '9' ? strtoul(told, &end, 10) : 0;
    return told == NULL || (end != NULL && *end == '\0' && *keep > 0 && *keep <= KEEP_MOST);
}

int verb_backup(struct context *ctx)
{
    const char *told_keep = option_value(&ctx->options, "keep");
    struct linli_backup_report told = {.bytes = 0};
    struct linli_status is;
    struct folder folder;
    char name[NAME_BYTES];
    unsigned long keep;
    size_t deleted = 0;
    if (!read_keep(told_keep, &keep))
        return fail_usage(ctx, _("'%.20s' is no number from 1 to 10000"), fail_word(ctx, told_keep));
    int rc = linli_store_status(ctx->store, &is);
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    int status = folder_begin(ctx, true, &folder);
    if (status == STATUS_DONE)
        status = name_make(&folder, &is, name);
    if (status == STATUS_DONE)
        status = write_named(&folder, name, &told);
    if (status == STATUS_DONE && keep > 0)
        status = thin(&folder, name, keep, &deleted);
    if (status == STATUS_DONE)
        status = print_backup(&folder, name, &told, deleted);
    folder_end(&folder);
    return status;
}

/* ---- restore ---- */

/* The newest in the folder; where several devices put theirs, somebody has to say whose. */
static int newest(const struct folder *folder, char name[NAME_BYTES])
{
    struct names names = {.count = 0};
    int status = names_read(folder, &names);
    if (status == STATUS_DONE && names.count == 0)
        status = fail(folder->ctx, STATUS_NOT_FOUND, folder->path, _("name the file or the folder that 'linli backup' wrote"), "%s",
                      _("there is no backup in it"));
    else if (status == STATUS_DONE && !same_device(names.at[0], names.at[names.count - 1]))
        status = fail(folder->ctx, STATUS_USAGE, folder->path, _("name the file"), "%s", _("it holds backups of several devices"));
    else if (status == STATUS_DONE)
        memcpy(name, names.at[names.count - 1], NAME_BYTES);
    free(names.at);
    return status;
}

/* *path is yours, also when it fails. */
static int find_file(struct context *ctx, char **path)
{
    struct folder folder;
    struct stat there;
    char name[NAME_BYTES];
    *path = context_path(ctx, ctx->options.args[0]);
    if (*path == NULL)
        return fail_memory(ctx);
    if (stat(*path, &there) != 0 || !S_ISDIR(there.st_mode))
        return STATUS_DONE;
    int status = folder_begin(ctx, false, &folder);
    if (status == STATUS_DONE)
        status = newest(&folder, name);
    if (status == STATUS_DONE) {
        free(*path);
        *path = store_path(folder.path, name);
        status = *path == NULL ? fail_memory(ctx) : STATUS_DONE;
    }
    folder_end(&folder);
    return status;
}

static int print_restored(struct context *ctx, const char *path, const struct linli_backup_report *told)
{
    struct linli_status is;
    char author[OUTPUT_DOT_BYTES];
    int rc = linli_store_status(ctx->store, &is), status = STATUS_DONE;
    if (rc != LINLI_OK)
        return fail_code(ctx, ctx->verb->name, rc);
    if (ctx->json) {
        json_t *json = told_json(told, path);
        if (json != NULL) {
            json_object_set_new(json, "replica", json_string(output_author(&is.replica, author)));
            json_object_set_new(json, "same", json_boolean(told->same));
        }
        status = output_json(ctx, json);
    } else {
        fprintf(ctx->out, _("%llu changesets of %llu, %llu records\n"), (unsigned long long)is.changesets,
                (unsigned long long)told->changesets, (unsigned long long)is.records);
    }
    if (status == STATUS_DONE && !told->same)
        return fail(ctx, STATUS_FAILED, path, _("sync with another replica, then run 'linli verify'"), "%s",
                    _("the store was made, but does not hold the same as the one that made the backup"));
    if (status == STATUS_DONE && !ctx->quiet)
        fprintf(ctx->err, "%s\n", _("linli: this store opens with the key of the old one; let nobody use that one any more, and sync"));
    return status;
}

static int restore(struct context *ctx, const struct linli_options *options, const char *path)
{
    struct linli_backup_report told;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const struct linli_backup_source source = {read_piece, &fd};
    if (fd < 0)
        return fail(ctx, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_FAILED, path, _("name the file or the folder that 'linli backup' wrote"),
                    "%s", strerror(errno));
    int rc = linli_store_restore(options, &source, &told, &ctx->store);
    close(fd);
    if (rc == LINLI_E_KEY)
        return fail(ctx, STATUS_REFUSED, path, _("give the key of the store that made it, or take another backup"), "%s",
                    _("this key does not open it, or it is damaged"));
    return rc != LINLI_OK ? fail_code(ctx, path, rc) : print_restored(ctx, path, &told);
}

int verb_restore(struct context *ctx)
{
    struct linli_options options;
    struct store_key key;
    char *path = NULL;
    memset(&key, 0, sizeof(key));
    int status = store_find(ctx);
    if (status == STATUS_DONE && linli_store_exists(ctx->store_dir))
        status = fail(ctx, STATUS_FAILED, ctx->store_dir, _("use it, or name another folder with --store"), "%s",
                      _("a store is there already"));
    if (status == STATUS_DONE)
        status = find_file(ctx, &path);
    if (status == STATUS_DONE)
        status = store_key_find(ctx, &key);
    if (status == STATUS_DONE) {
        store_options(ctx, &key, &options);
        status = restore(ctx, &options, path);
    }
    store_key_free(&key);
    free(path);
    return status;
}
