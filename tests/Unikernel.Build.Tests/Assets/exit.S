# The smallest machine that speaks the runner's protocol, without .NET and without the core: prints its command line on the serial port, echoes
# its input up to EOT (and says that signals would reach it), and ends with the exit code that the first number on the command line says (none: it resets without a word).
# PVH (Xen's x86/HVM direct boot ABI): entered in 32-bit protected mode without paging, %ebx = struct hvm_start_info.
    .code32
    .section .note.pvh, "a", @note
    .long 4, 4, 18          # namesz, descsz, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long start

    .text
    .globl start
start:
    mov $stack_top, %esp
    mov 24(%ebx), %esi      # cmdline_paddr
    mov %esi, %edi
print:
    lodsb
    test %al, %al
    jz line_end
    call putc
    jmp print
line_end:
    mov $10, %al
    call putc

    cmpb $'d', (%edi)       # "d...": wait and take no notice of anything
    je .
    cmpb $'i', (%edi)       # "i...": echo the input first, Ctrl+C and all
    jne number
    mov $signals, %esi
0:  lodsb
    test %al, %al
    jz echo
    outb %al, $0xe9
    jmp 0b
echo:
    mov $0x3fd, %dx         # line status: a byte is there
1:  inb %dx, %al
    test $1, %al
    jz 1b
    mov $0x3f8, %dx
    inb %dx, %al
    cmp $4, %al
    je number
    call putc
    jmp echo

number:                     # skip to the first digit
    mov (%edi), %al
    test %al, %al
    jz reset
    sub $'0', %al
    cmp $9, %al
    jbe digits
    inc %edi
    jmp number
digits:
    xor %ecx, %ecx
2:  movzbl (%edi), %eax
    sub $'0', %eax
    cmp $9, %eax
    ja done
    imul $10, %ecx
    add %eax, %ecx
    push %eax
    add $'0', %al
    outb %al, $0xe9
    pop %eax
    inc %edi
    jmp 2b
done:
    mov $10, %al
    outb %al, $0xe9
    mov %cl, %al
    mov $0x501, %dx
    outb %al, %dx
reset:
    lidt no_idt
    int3

putc:                       # %al to COM1
    push %eax
    mov $0x3fd, %dx
3:  inb %dx, %al
    test $0x20, %al
    jz 3b
    pop %eax
    mov $0x3f8, %dx
    outb %al, %dx
    ret

    .data
signals: .asciz "signal 2\nsignal 15\n"
no_idt: .word 0
    .long 0
    .bss
    .skip 4096
stack_top:
