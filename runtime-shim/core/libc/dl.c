// The one loaded object: its program headers for the unwinder, and the dynamic libraries that there are not.
#include "libc.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data) {
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image_start; // link/unikernel.lds loads the headers
    struct dl_phdr_info info = {
        .dlpi_name = "",
        .dlpi_phdr = (const Elf64_Phdr *)(image_start + header->e_phoff),
        .dlpi_phnum = header->e_phnum,
        .dlpi_adds = 1,
    };
    return callback(&info, sizeof info, data);
}

// .NET asks which module an address is in (PalGetModuleHandleFromPointer) and for the name of the executable.
int dladdr(const void *address, Dl_info *out) {
    if ((const char *)address < image_start || (const char *)address >= image_end)
        return 0;
    *out = (Dl_info){.dli_fname = program_argv[0], .dli_fbase = image_start};
    return 1;
}

void *dlopen(const char *name, int flags) {
    (void)name, (void)flags;
    return NULL;
}

void *dlsym(void *library, const char *name) {
    (void)library, (void)name;
    return NULL;
}

int dlclose(void *library) {
    (void)library;
    return 0;
}

char *dlerror(void) {
    return "a unikernel has no dynamic libraries: link the library statically, or use a managed one "
           "(UKN1012)";
}
