// kmain(): takes over what the boot protocol hands in, brings the core's parts up in order, and starts the
// program in a thread of its own. The boot stack goes on as the idle thread's.
#include "command_line.h"
#include "core.h"
#include "threads.h"

// xen/include/public/arch-x86/hvm/start_info.h
struct hvm_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; // version 1 and later
    uint32_t memory_map_entries, reserved;
};
struct hvm_memory_map_entry {
    uint64_t address, size;
    uint32_t type, reserved;
};
#define HVM_START_MAGIC 0x336ec578
#define HVM_MEMORY_RAM 1

struct boot_info boot_info;

static char command_line[COMMAND_LINE_MAX + 1];

static bool is_text(uint32_t word) {
    for (int i = 0; i < 4; i++, word >>= 8)
        if ((word & 0xff) < 0x20 || (word & 0xff) > 0x7e)
            return false;
    return true;
}

// The protocol's tables lie in low memory, which memory_init() takes away.
static void boot_info_read(const struct hvm_start_info *start) {
    // QEMU's loader for q35 (pc-bios/optionrom/pvh_main.c) puts the start information behind the command line
    // and lets a long one run into it: then there is text.
    if (start->magic != HVM_START_MAGIC && is_text(start->magic))
        refuse("UKN9001 the kernel command line is so long that it overwrote the loader's start information; "
               "shorten "
               "it, or put settings into the project");
    if (start->magic != HVM_START_MAGIC || start->version < 1)
        refuse("UKN9004 the loader's start information is not PVH version 1 or later (magic %x, version %u); "
               "boot with QEMU -kernel, Firecracker or Cloud Hypervisor",
               start->magic, start->version);

    const struct hvm_memory_map_entry *entries = (const void *)start->memory_map;
    for (uint32_t i = 0; i < start->memory_map_entries && boot_info.ram_count < MEMORY_MAP_MAX; i++)
        if (entries[i].type == HVM_MEMORY_RAM)
            boot_info.ram[boot_info.ram_count++] =
                (struct memory_range){.base = entries[i].address, .length = entries[i].size};

    boot_info.acpi_rsdp = start->rsdp;
    boot_info.command_line = command_line;
    const char *given = (const char *)start->command_line;
    for (size_t i = 0; given && given[i]; i++) {
        if (i == COMMAND_LINE_MAX)
            refuse("UKN9001 the kernel command line is longer than %u bytes; shorten it, or put settings "
                   "into the project",
                   COMMAND_LINE_MAX);
        command_line[i] = given[i];
    }
}

typedef int program_main(int argc, char **argv, char **environment);
extern program_main main;
typedef void initializer(int argc, char **argv, char **environment);
extern initializer *__init_array_start[], *__init_array_end[];

static void *program_start(void *unused) {
    (void)unused;
    for (initializer **f = __init_array_start; f < __init_array_end; f++)
        (*f)(program_argc, program_argv, program_environ);
    memory_protect_image();
    exit(main(program_argc, program_argv, program_environ));
}

_Noreturn void kmain(const struct hvm_start_info *start) {
    console_init();
    boot_info_read(start);
    cpu_init();
    memory_init(&boot_info);
    command_line_init();
    time_init();
    sched_init();
    thread_start_main(program_start);
    sched_idle();
}
