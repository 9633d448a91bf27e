namespace Unikernel.Diagnostics
{
    /// <summary>3000-3999: habits that hurt in a small machine.</summary>
    public static class RuntimeRules
    {
    }
}
