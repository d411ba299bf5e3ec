"""Matplotlib, seaborn, Plotly, Bokeh and Pillow."""

ROWS = r"""
https://matplotlib.org/stable/api/prev_api_changes/api_changes_3.1.0.html
matplotlib.{pyplot.hist,axes.Axes.hist}(normed=) | 2.1 | 3.1 | -> density
matplotlib.mlab.{normpdf,bivariate_normal,griddata,csv2rec,rec2csv,PCA,movavg} | 2.2 | 3.1 | use SciPy, NumPy or
    pandas
matplotlib.pyplot.{hold,ishold} | 2.0 | 3.0 | drop it: plots are always added
matplotlib.finance.* | 2.0 | 2.2 | use the package mplfinance
matplotlib.axes.Axes.{set_axis_bgcolor} | 2.0 | 2.2 | -> set_facecolor
matplotlib.use(warn=) | 3.1 | 3.3 | drop it
https://matplotlib.org/stable/api/prev_api_changes/api_changes_3.6.0.html
matplotlib.pyplot.gca(projection=) | 3.4 | 3.6 | use `plt.axes(projection=…)`
matplotlib.{pyplot.grid,axes.Axes.grid}(b=) | 3.5 | 3.7 | -> visible
https://matplotlib.org/stable/api/prev_api_changes/api_changes_3.8.0.html
matplotlib.{pyplot.style,style}.use(0 style="seaborn") | 3.6 | 3.8 | -> "seaborn-v0_8"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-bright") | 3.6 | 3.8 | -> "seaborn-v0_8-bright"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-colorblind") | 3.6 | 3.8 | -> "seaborn-v0_8-colorblind"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-dark") | 3.6 | 3.8 | -> "seaborn-v0_8-dark"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-dark-palette") | 3.6 | 3.8 | -> "seaborn-v0_8-dark-palette"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-darkgrid") | 3.6 | 3.8 | -> "seaborn-v0_8-darkgrid"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-deep") | 3.6 | 3.8 | -> "seaborn-v0_8-deep"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-muted") | 3.6 | 3.8 | -> "seaborn-v0_8-muted"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-notebook") | 3.6 | 3.8 | -> "seaborn-v0_8-notebook"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-paper") | 3.6 | 3.8 | -> "seaborn-v0_8-paper"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-pastel") | 3.6 | 3.8 | -> "seaborn-v0_8-pastel"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-poster") | 3.6 | 3.8 | -> "seaborn-v0_8-poster"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-talk") | 3.6 | 3.8 | -> "seaborn-v0_8-talk"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-ticks") | 3.6 | 3.8 | -> "seaborn-v0_8-ticks"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-white") | 3.6 | 3.8 | -> "seaborn-v0_8-white"
matplotlib.{pyplot.style,style}.use(0 style="seaborn-whitegrid") | 3.6 | 3.8 | -> "seaborn-v0_8-whitegrid"
https://matplotlib.org/stable/api/prev_api_changes/api_changes_3.9.0.html
matplotlib.{cm,pyplot.cm}.{get_cmap} | 3.7 | 3.9 | -> matplotlib.pyplot.get_cmap
matplotlib.{cm,pyplot.cm}.{register_cmap} | 3.7 | 3.9 | use `matplotlib.colormaps.register`
matplotlib.{pyplot.boxplot,axes.Axes.boxplot}(labels=) | 3.9 | 3.11 | -> tick_labels
https://seaborn.pydata.org/whatsnew/v0.11.0.html
seaborn.distplot | 0.11 |  | use `histplot` or `displot`
seaborn.{kdeplot}(shade=) | 0.11 |  | -> fill
https://seaborn.pydata.org/whatsnew/v0.9.0.html
seaborn.factorplot | 0.9 | 0.12 | ~> seaborn.catplot
seaborn.tsplot | 0.8 | 0.10 | use `lineplot`
seaborn.lvplot | 0.9 | 0.11 | -> seaborn.boxenplot
seaborn.{lmplot,FacetGrid,PairGrid,JointGrid,jointplot}(size=) | 0.9 | 0.12 | -> height
seaborn.pairplot(size=) | 0.9 |  | -> height
seaborn.jointplot(stat_func=) | 0.9 | 0.11 | compute the statistic with SciPy
https://seaborn.pydata.org/whatsnew/v0.12.0.html
seaborn.{barplot,pointplot,lineplot}(ci=) | 0.12 |  | use `errorbar`
seaborn.{barplot,boxplot,violinplot,stripplot,swarmplot,pointplot,catplot,boxenplot}(+1 x: y hue data) | 0.11 | 0.12 |
    name the arguments: `x=`, `y=`
seaborn.{scatterplot,lineplot,relplot}(+1 x: y hue) | 0.11 | 0.12 | name the arguments: `x=`, `y=`
seaborn.{regplot,lmplot,jointplot,residplot}(+1 x: y data) | 0.11 | 0.12 | name the arguments: `x=`, `y=`
https://plotly.com/python/v4-migration/
plotly.plotly.* | 4.0 | 4.0 | use `plotly.io`, or the package chart-studio
plotly.tools.set_credentials_file | 4.0 | 4.0 | use the package chart-studio
plotly.grid_objs.* | 4.0 | 4.0 | use the package chart-studio
plotly.tools.make_subplots | 4.0 |  | -> plotly.subplots.make_subplots
https://docs.bokeh.org/en/latest/docs/releases.html
bokeh.charts.* | 0.12 | 0.12 | use `bokeh.plotting`
bokeh.plotting.figure(plot_width=) | 2.4 | 3.0 | -> width
bokeh.plotting.figure(plot_height=) | 2.4 | 3.0 | -> height
bokeh.tile_providers.* | 3.0 | 3.2 | use `xyzservices`
https://pillow.readthedocs.io/en/stable/releasenotes/10.0.0.html
PIL.Image.ANTIALIAS | 9.1 | 10.0 | -> PIL.Image.LANCZOS
PIL.Image.{LINEAR} | 9.1 | 10.0 | -> PIL.Image.BILINEAR
PIL.Image.{CUBIC} | 9.1 | 10.0 | -> PIL.Image.BICUBIC
PIL.ImageDraw.ImageDraw.{textsize} | 9.2 | 10.0 | use `textbbox`
PIL.ImageFont.FreeTypeFont.getsize | 9.2 | 10.0 | use `getbbox`
"""
