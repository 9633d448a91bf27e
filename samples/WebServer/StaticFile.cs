using System.Globalization;
using System.Text;

namespace WebServer;

/// <summary>A file of the image, read once, with the parts of its responses that never change.</summary>
internal sealed class StaticFile
{
    public StaticFile(string path, byte[] content, DateTime lastModified)
    {
        Content = content;
        LastModified = lastModified;
        ETag = Encoding.ASCII.GetBytes("\"" + Hash(content).ToString("x16", CultureInfo.InvariantCulture) + "\"");
        string type = ContentType(Path.GetExtension(path));
        string common = "Content-Type: " + type + "\r\nETag: " + Encoding.ASCII.GetString(ETag)
            + "\r\nLast-Modified: " + lastModified.ToString("r", CultureInfo.InvariantCulture) + "\r\nAccept-Ranges: bytes\r\n";
        Common = Encoding.ASCII.GetBytes(common);
        Whole = Encoding.ASCII.GetBytes(common + "Content-Length: " + content.Length.ToString(CultureInfo.InvariantCulture) + "\r\n");
    }

    public byte[] Content { get; }
    public DateTime LastModified { get; }

    /// <summary>A strong validator (RFC 9110 section 8.8.3) over the content.</summary>
    public byte[] ETag { get; }

    /// <summary>Header fields of every response about the file.</summary>
    public byte[] Common { get; }

    /// <summary>Header fields of the whole file's response.</summary>
    public byte[] Whole { get; }

    /// <summary>All files below a folder, by the path that a request names.</summary>
    public static Dictionary<string, StaticFile> Load(string folder)
    {
        Dictionary<string, StaticFile> files = new(StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            string name = "/" + path[(folder.Length + 1)..].Replace('\\', '/');
            StaticFile file = new(path, File.ReadAllBytes(path), File.GetLastWriteTimeUtc(path));
            files[name] = file;
            if (name.EndsWith("/index.html", StringComparison.Ordinal))
            {
                files[name[..^"index.html".Length]] = file;
            }
        }

        return files;
    }

    private static ulong Hash(byte[] content)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in content)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }

    private static string ContentType(string extension) => extension switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".json" => "application/json",
        ".txt" => "text/plain; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".jpg" => "image/jpeg",
        ".ico" => "image/x-icon",
        ".wasm" => "application/wasm",
        _ => "application/octet-stream",
    };
}
