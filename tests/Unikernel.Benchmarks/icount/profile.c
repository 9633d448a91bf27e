// QEMU TCG plugin: how many guest instructions each translated block has executed, for profiles by function.
//
//   qemu-system-x86_64 ... -plugin profile.so,out=FILE
//
// FILE is an open-addressed table of little-endian pairs {address of the block, instructions}, live: the difference of two readings
// is a profile of the time between. A block belongs to the function in which it begins. Built by benchmark.sh; the declarations are
// those of QEMU's qemu-plugin.h, version 1, as far as they are used here.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
typedef void (*translation_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation_callback);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, enum qemu_plugin_op, void *, uint64_t);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);

#define EXPORT __attribute__((visibility("default")))
#define SLOT_BITS 20 // an ASP.NET Core server has about 100,000 blocks
#define SLOTS (1u << SLOT_BITS)

EXPORT int qemu_plugin_version = 1;

static struct {
    uint64_t address, count;
} *slots;

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    uint64_t address = qemu_plugin_tb_vaddr(block);
    uint64_t slot = (address * 0x9e3779b97f4a7c15u) >> (64 - SLOT_BITS); // Fibonacci hashing
    for (uint32_t tried = 0; slots[slot].address && slots[slot].address != address; tried++) {
        if (tried == SLOTS)
            return;
        slot = (slot + 1) & (SLOTS - 1);
    }
    slots[slot].address = address;
    qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &slots[slot].count, qemu_plugin_tb_n_insns(block));
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv) {
    (void)info;
    const char *out = NULL;
    for (int i = 0; i < argc; i++)
        if (!strncmp(argv[i], "out=", 4))
            out = argv[i] + 4;
    int fd = out ? open(out, O_RDWR | O_CREAT | O_TRUNC, 0644) : -1;
    if (fd < 0 || ftruncate(fd, SLOTS * sizeof *slots))
        return -1;
    slots = mmap(NULL, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slots == MAP_FAILED)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
