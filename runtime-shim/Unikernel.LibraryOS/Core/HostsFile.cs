using System.Text;
using Unikernel.FileSystem;
using Unikernel.Net;
using Unikernel.Net.Sockets.Dns;
using Unikernel.Virtio.Hal;

namespace Unikernel.LibraryOS;

/// <summary>
/// What is in /etc/hosts elsewhere: lines of the file <c>hosts</c> that publish put beside the program, and the options
/// <c>network.host=NAME:ADDRESS</c> of the command line, which hide the file's lines for their names: no new image for another address.
/// </summary>
internal static class HostsFile
{
    private const string Name = "/app/hosts", Option = "network.host";

    public static HostsTable Read(IMachine machine, Action<string> log)
    {
        HostsTable given = ReadOptions(machine, log), table = new();
        if (ProgramFiles.Tree.Find(Name, followLast: true, out Node? node) >= 0 && node is FileNode file)
        {
            byte[] text = new byte[file.Length];
            table.AddLines(Encoding.UTF8.GetString(text, 0, Math.Max(file.Read(text, 0), 0)), hiding: given);
        }

        table.Add(given);
        return table;
    }

    private static HostsTable ReadOptions(IMachine machine, Action<string> log)
    {
        var given = new HostsTable();
        for (int i = 0; machine.GetOption(Option, i) is { } entry; i++)
        {
            int colon = entry.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && IpAddress.TryParse(entry.AsSpan(colon + 1), out IpAddress address))
                given.Add(entry[..colon], address);
            else
                log($"{Option}={entry}: not of the form NAME:ADDRESS; ignored");
        }

        return given;
    }
}
