global using Unikernel.Build.Tests.Support;
global using Xunit;
