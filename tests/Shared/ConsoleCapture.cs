using System.Diagnostics;
using System.Text;

namespace Unikernel.Testing;

/// <summary>What a process has printed so far, both streams as they come.</summary>
internal sealed class ConsoleCapture
{
    private readonly StringBuilder _text = new();

    public ConsoleCapture(Process process)
    {
        Collect(process.StandardOutput);
        Collect(process.StandardError);
    }

    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    private void Collect(StreamReader reader) => new Thread(() =>
    {
        char[] buffer = new char[1024];
        int count;
        while ((count = reader.Read(buffer)) > 0)
        {
            lock (_text)
            {
                _text.Append(buffer, 0, count);
            }
        }
    })
    { IsBackground = true }.Start();
}
