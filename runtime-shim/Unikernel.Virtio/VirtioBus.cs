using System.Globalization;
using Unikernel.Virtio.Hal;
using Unikernel.Virtio.Pci;
using Unikernel.Virtio.Transport;

namespace Unikernel.Virtio;

/// <summary>
/// Finds the machine's virtio devices: on PCI, where the command line says (<c>virtio_mmio.device=512@0xfeb00000:5</c>, as
/// Firecracker and QEMU's microvm without ACPI pass it), and else in microvm's fixed slots.
/// </summary>
public static class VirtioBus
{
    // QEMU's hw/i386/microvm.h: VIRTIO_MMIO_BASE; slots of 512 bytes.
    private const ulong MicrovmBase = 0xfeb0_0000;
    private const int MicrovmSlots = 24;

    // hw/i386/microvm.c: with ACPI the second IO-APIC's lines, without it ISA lines from 5.
    private const int MicrovmFirstLineAcpi = 24, MicrovmFirstLine = 5, MicrovmSlotsWithoutAcpi = 8;

    /// <summary>
    /// All devices, in the order of their addresses. What can not be used is told to <paramref name="log"/> and left out.
    /// </summary>
    public static List<VirtioTransport> Discover(IMachine machine, Action<string> log)
    {
        var found = new List<VirtioTransport>();
        DiscoverPci(machine, log, found);
        if (!DiscoverByCommandLine(machine, log, found)) DiscoverMicrovm(machine, found);
        return found;
    }

    private static void DiscoverPci(IMachine machine, Action<string> log, List<VirtioTransport> found)
    {
        // A machine without PCI reads all ones from the ports.
        foreach (PciFunction function in PciFunction.Enumerate(machine))
        {
            try
            {
                if (PciTransport.TryOpen(machine, function) is { } transport) found.Add(transport);
            }
            catch (DeviceException exception)
            {
                log(exception.Message);
            }
        }
    }

    private static bool DiscoverByCommandLine(IMachine machine, Action<string> log, List<VirtioTransport> found)
    {
        bool any = false;
        for (int i = 0; machine.GetOption("virtio_mmio.device", i) is { } option; i++)
        {
            any = true;
            if (!TryParseOption(option, out ulong address, out int line))
                log($"virtio_mmio.device={option}: not of the form SIZE@ADDRESS:IRQ[:ID]; ignored");
            else if (MmioTransport.TryOpen(machine, address, line) is { } transport)
                found.Add(transport);
            else
                log($"virtio_mmio.device={option}: no virtio device is there");
        }

        return any;
    }

    private static void DiscoverMicrovm(IMachine machine, List<VirtioTransport> found)
    {
        for (int slot = 0; slot < MicrovmSlots; slot++)
        {
            ulong address = MicrovmBase + (ulong)(slot * MmioTransport.RegionLength);
            // The first slot always answers with the magic value on this machine, even when it is empty.
            if (slot == 0 && (machine.MapRegisters(address, MmioTransport.RegionLength) is not { } first || first.Read32(0) != MmioTransport.Magic)) return;
            int isaLine = slot < MicrovmSlotsWithoutAcpi ? MicrovmFirstLine + slot : -1;
            if (MmioTransport.TryOpen(machine, address, MicrovmFirstLineAcpi + slot, isaLine) is { } transport) found.Add(transport);
        }
    }

    /// <summary>Linux's syntax (Documentation/admin-guide/kernel-parameters.txt): size@baseaddr:irq[:id], size with K, M or G.</summary>
    internal static bool TryParseOption(string option, out ulong address, out int line)
    {
        address = 0;
        line = -1;
        int at = option.IndexOf('@');
        int colon = at < 0 ? -1 : option.IndexOf(':', at);
        if (colon < 0) return false;
        ReadOnlySpan<char> size = option.AsSpan(0, at).TrimEnd("KMGkmg");
        ReadOnlySpan<char> rest = option.AsSpan(colon + 1);
        int end = rest.IndexOf(':');
        return TryNumber(size, out ulong bytes) && bytes > 0 && TryNumber(option.AsSpan(at + 1, colon - at - 1), out address) && address != 0 &&
            int.TryParse(end < 0 ? rest : rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out line) && line < 1024;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
