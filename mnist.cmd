@echo off
rem Builds once (delete mnist-cli\target to build again), then runs a command: mnist train
rem mnist --cuda COMMAND runs on an NVIDIA card
rem Of two that would build at once the second waits.
setlocal
set "home=%~dp0"
set "target=%home%mnist-cli\target"
set "lib=lib"
set "profile="
set "size=300 MB"
set "command=%*"
if "%~1"=="--cuda" (
  set "lib=lib-cuda"
  set "profile=-Pcuda"
  set "size=2.4 GB"
  call set "command=%%command:*--cuda=%%"
)
set "stamp=%target%\built-%lib%.stamp"
set "said="
if not exist "%stamp%" call :locked || exit /b 1
java %MNIST4J_JAVA_OPTS% -Djava.awt.headless=true -Dorg.bytedeco.javacpp.maxphysicalbytes=0 ^
  -cp "%target%\mnist-cli-0.1.0-SNAPSHOT.jar;%target%\%lib%\*" ^
  io.github.mnist4j.cli.Mnist %command%
exit /b %errorlevel%

rem A file that is open for writing cannot be opened so a second time: that is the lock, and it ends with its process.
:locked
if not exist "%target%" mkdir "%target%" || exit /b 1
set "held="
set "failed="
8>&2 2>nul (
  9>"%target%\.building" (
    set "held=1"
    2>&8 call :build || set "failed=1"
  )
)
if defined failed exit /b 1
if defined held exit /b 0
if not defined said echo Another mnist is building MNIST4J; waiting for it ... 1>&2
set "said=1"
ping -n 2 127.0.0.1 >nul
goto :locked

:build
if exist "%stamp%" exit /b 0
echo Building MNIST4J ^(the first time downloads about %size% of libraries^) ... 1>&2
set "MAVEN_OPTS=%MAVEN_OPTS% -Djansi.noreset=true -Djansi.mode=strip"
call mvn -q -B -Dstyle.color=never -f "%home%pom.xml" -Dmaven.test.skip=true -Dspotless.check.skip=true %profile% -pl mnist-cli -am package 1>&2
if errorlevel 1 (
  echo error: the build failed; see above 1>&2
  exit /b 1
)
type nul > "%stamp%"
exit /b 0
