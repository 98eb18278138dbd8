/*
 * crash tests: what stands between LMDB and the C library in the harness: the calls that write or sync a data.mdb are
 * written down, or made to fail, when the harness asks for it. Linked before the C library, so that calls come here first.
 */
#ifndef LINLI_CRASH_SHIM_H
#define LINLI_CRASH_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One entry of a trace: this head, then `size` bytes when the kind has any. In the order in which the calls returned. */
enum trace_kind {
    TRACE_WRITE = 1,    /* bytes at `offset`, not synced yet */
    TRACE_SYNCED_WRITE, /* the same through a descriptor opened with O_DSYNC: on the disk when it returned */
    TRACE_LENGTH,       /* the file was made `offset` bytes long */
    TRACE_SYNC,         /* all that went before is on the disk */
    TRACE_NOTE          /* bytes of the harness: what was acknowledged by now */
};
struct trace_head {
    uint32_t kind, size;
    uint64_t offset;
};

/* Write down from now on what this process does to the data.mdb files that it opens. False with errno. */
bool shim_trace(const char *path);
void shim_note(const void *at, size_t size);

enum shim_fault {
    FAULT_NONE,
    FAULT_WRITE_EIO,    /* the n-th write fails; nothing of it was written */
    FAULT_WRITE_LATE,   /* the n-th write fails, and all of it was written */
    FAULT_WRITE_SHORT,  /* the n-th write is cut in the middle */
    FAULT_WRITE_NOSPC,
    FAULT_SYNC_EIO,     /* the n-th sync fails; what it should have synced stays in the cache */
    FAULT_SYNC_DROP,    /* the n-th sync fails, and the cache forgets what it should have synced, as Linux file systems do */
    FAULT_QUOTA,        /* from now on no write gets past byte n of the file */
    FAULT_POWER,        /* the n-th call, write or sync, and all after it fail; then shim_power_cut */
    FAULT_KINDS
};
/* Start counting from zero, and let the n-th call (1 = the next) fail, once. A change of the file's length is a write. */
void shim_fail(enum shim_fault fault, uint64_t n);
bool shim_failed(void);
/* After FAULT_POWER: each write that was not synced is asked about, the latest first; what is lost is undone. */
void shim_power_cut(bool (*lost)(void *ctx), void *ctx);

#endif
